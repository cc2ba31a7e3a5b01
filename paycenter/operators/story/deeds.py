"""What people did here, as entries of a story: who, what, why, and which fields changed."""

import json

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from merchants.models import AuditEvent
from paycenter.operators.columns import EMPTY
from paycenter.operators.story.entry import Entry, Fact, evidence, facts
from paycenter.operators.story.rows import Rows
from paycenter.operators.words import DEEDS, word_of

ICONS = {
    AuditEvent.Action.ADD: "add_circle",
    AuditEvent.Action.CHANGE: "edit",
    AuditEvent.Action.DELETE: "delete",
    AuditEvent.Action.SHOW: "visibility",
    AuditEvent.Action.EXPORT: "download",
    AuditEvent.Action.DOWNLOAD: "download",
}
ANY_ICON = "touch_app"


def entries(rows: Rows) -> list[Entry]:
    """Return what people did on an order, its payments, refunds and duplicates."""
    return [deed(event, event.object_text) for event in rows.deeds]


def deed(event: AuditEvent, number: str = "") -> Entry:
    """Return one deed; on the page of a single row without its number. What changed is unfolded."""
    return Entry(
        at=event.at,
        order=(8, event.pk),
        kind="deed",
        icon=ICONS.get(AuditEvent.Action(event.action), ANY_ICON),
        title=told(event) or word_of(DEEDS, event.action).text,
        facts=facts(
            Fact(_("Number"), number),
            Fact(_("who"), doer(event)),
            Fact(_("Reason"), event.reason),
        ),
        evidence=evidence(_("What changed"), changed_text(event)),
    )


def doer(event: AuditEvent) -> str:
    """Name who did it: the center by itself has no name, and nobody knows who cannot sign in."""
    if event.action == AuditEvent.Action.SIGN_IN_FAILED:
        return EMPTY
    return event.name or _("Payment center")


def told(event: AuditEvent) -> str:
    """Say what a button did, in the reader's language."""
    return _(event.detail) if event.detail else ""


def changed_text(event: AuditEvent) -> str:
    """Write a line per field that changed: what it was and what it became."""
    fields = dict.fromkeys((*event.before, *event.after))
    return "\n".join(
        f"{_named(event.object_type, name)}: "
        f"{_shown(event.before, name)} → {_shown(event.after, name)}"
        for name in fields
    )


def _named(object_type: str, name: str) -> str:
    """Return what pages call a field; one that there is no more, or never was, as it is."""
    try:
        field = apps.get_model(object_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return name
    return str(getattr(field, "verbose_name", name))


def _shown(values: dict[str, object], name: str) -> str:
    return json.dumps(values[name], ensure_ascii=False) if name in values else EMPTY
