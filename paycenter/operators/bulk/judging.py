"""Whether an action is done to a row: judged for the page, and again when it is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import site
from django.utils.translation import gettext_lazy as _

from paycenter.operators.bulk.choosing import BulkAdmin
from paycenter.operators.bulk.deed import Deed
from paycenter.operators.bulk.models import BulkItem, BulkRun
from paycenter.operators.columns import Text
from paycenter.operators.confirm import CHANGED_MEANWHILE
from paycenter.operators.roles.held import Person
from paycenter.operators.roles.scoping import reached, visible

NOT_SEEN = _("You may not see it any more.")
NOT_ALLOWED = _("You may not do this to it.")


@dataclass(frozen=True, slots=True)
class Judged:
    """A row as the person may see it, None where not, and why nothing is done; blank: it is."""

    row: Any
    why_not: Text


def deed_of(run: BulkRun) -> Deed:
    """Return what a run does. Raises ``LookupError`` where the center does not know it any more."""
    for model, pages in site._registry.items():
        if model._meta.label_lower == run.pages and isinstance(pages, BulkAdmin):
            for deed in pages.bulk_deeds():
                if deed.code == run.deed:
                    return deed
    raise LookupError(f"{run.pages} has no action {run.deed}")


def judge(deed: Deed, items: Iterable[BulkItem], person: Person) -> Mapping[int, Judged]:
    """Judge rows for a person by all that holds now; returns them by the items' ids."""
    items = list(items)
    rows = deed.rows().filter(pk__in=[item.row_id for item in items])
    seen = {row.pk: row for row in visible(person, rows)}
    allowed = set(reached(person, deed.permission, rows).values_list("pk", flat=True))
    return {
        item.pk: _judged(deed, item, seen.get(item.row_id), item.row_id in allowed, person)
        for item in items
    }


def _judged(deed: Deed, item: BulkItem, row: Any, is_allowed: bool, person: Person) -> Judged:
    if row is None:
        return Judged(None, NOT_SEEN)
    if not is_allowed:
        return Judged(row, NOT_ALLOWED)
    changed = CHANGED_MEANWHILE if deed.seen(row) != item.seen else ""
    return Judged(row, deed.why_not(row, person.get_username()) or changed)
