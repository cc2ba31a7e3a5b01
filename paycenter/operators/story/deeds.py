"""What people did here, as entries of a story: who, what, why, and which fields changed."""

import json

from django.utils.translation import gettext as _

from merchants.models import AuditEvent
from paycenter.operators.story.entry import Entry, Evidence, Fact, evidence, facts
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
        title=word_of(DEEDS, event.action).text,
        facts=facts(
            Fact(_("Number"), number),
            Fact(_("who"), doer(event)),
            Fact(_("what"), event.detail),
            Fact(_("Reason"), event.reason),
        ),
        evidence=changes(event),
    )


def doer(event: AuditEvent) -> str:
    """Name who did it; the center by itself has no name."""
    return event.name or _("Payment center")


def changes(event: AuditEvent) -> tuple[Evidence, ...]:
    """Return what changed, to be unfolded; nothing when nothing did."""
    if not (event.before or event.after):
        return ()
    return evidence(_("What changed"), changed_text(event))


def changed_text(event: AuditEvent) -> str:
    """Write a line per field that changed: what it was and what it became."""
    fields = dict.fromkeys((*event.before, *event.after))
    return "\n".join(
        f"{name}: {_shown(event.before, name)} → {_shown(event.after, name)}" for name in fields
    )


def _shown(values: dict[str, object], name: str) -> str:
    return json.dumps(values[name], ensure_ascii=False) if name in values else "–"
