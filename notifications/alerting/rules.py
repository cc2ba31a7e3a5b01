"""The rules alerts are raised by, as people read them: filled by the project when it starts.

Nothing here knows what a payment is; every rule's runbook is ``docs/runbooks/<rule>.md``.
"""

from django.conf import settings
from django.utils.functional import Promise

TITLES: dict[str, Promise | str] = {}
"""What each rule is about, in a few words."""

_FAMILIES = ("broken_",)
"""Rules that begin like this share one runbook, named by the beginning."""


def title_of(rule: str) -> str:
    """Return what a rule is about; one nobody described is shown as it is."""
    return str(TITLES.get(rule, rule))


def runbook_of(rule: str) -> str:
    """Return the name of the page that says what to do about a rule."""
    family = next((start for start in _FAMILIES if rule.startswith(start)), rule)
    return family.rstrip("_")


def runbook_url(rule: str) -> str:
    """Return that page's address."""
    return f"{settings.PUBLIC_BASE_URL}/admin/runbooks/{runbook_of(rule)}/"
