"""Does the chain hold? Read event by event, page by page, so that memory stays the same.

What is found: an event that changed, one that is missing, inserted or in another's place, an end
that was cut off (it does not fit ``AuditHead``), and a chain made anew as a whole (it does not fit
the checkpoints of earlier verifications, nor what somebody noted elsewhere).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from merchants.audit.chaining import START, Link, digest
from merchants.models import AuditCheckpoint, AuditEvent, AuditHead
from paycenter.kernel.clock import now

PAGE = 1_000
TOLD = 20
"""Places listed at most; all are counted."""

PATIENCE = timedelta(hours=1)
"""An event that is not chained within this time shows that the chaining does not work."""

CHANGED = gettext_noop("its content is not what was chained")
MISSING = gettext_noop("events before it are missing")
UNFOLLOWING = gettext_noop("it does not follow the event before it")
CUT = gettext_noop("the chain was cut off behind it")
BEYOND = gettext_noop("it is behind the end of the chain")
REMADE = gettext_noop("it is not the event that was verified before")
GONE = gettext_noop("it was verified before and is gone")
UNCHAINED = gettext_noop("events behind it wait for their place in the chain")


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold. ``what`` is a msgid."""

    number: int
    what: str


@dataclass(slots=True)
class Verdict:
    """What was looked at, and where it does not hold: how many places, and the first of them."""

    end: Link
    events: int = 0
    count: int = 0
    breaks: list[Break] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.count

    def add(self, number: int, what: str) -> None:
        """Note a place."""
        self.count += 1
        if len(self.breaks) < TOLD:
            self.breaks.append(Break(number, what))


def verify_chain(begin: Link = START, *, expected: Iterable[Link] = ()) -> Verdict:
    """Look at the chain from ``begin``, up to which it held before, to its end.

    ``expected`` are links that it must have, as noted elsewhere.
    """
    # Before the end is read: a verification that ends meanwhile may note a later one.
    known = {link.number: link.hash for link in (*_checkpoints(begin), *expected, begin)}
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    known.pop(START.number, None)
    verdict = Verdict(begin)
    for event in _events(begin.number, head.number):
        for what in _faults(event, verdict.end, known.pop(event.number or 0, None)):
            verdict.add(event.number or 0, what)
        verdict.end = Link(event.number or 0, event.hash)
        verdict.events += 1
    for number in sorted(known):
        verdict.add(number, GONE)
    _look_behind(verdict, head)
    return verdict


def verify_and_note(begin: Link = START, *, expected: Iterable[Link] = ()) -> Verdict:
    """Verify, and keep how far the chain held as a checkpoint for the next time."""
    verdict = verify_chain(begin, expected=expected)
    if verdict.holds and verdict.end != START:
        AuditCheckpoint.objects.create(
            number=verdict.end.number,
            hash=verdict.end.hash,
            is_whole=begin == START,
            at=now(),
        )
    return verdict


def last_checkpoint() -> AuditCheckpoint | None:
    """Return the newest verification that found nothing."""
    return AuditCheckpoint.objects.first()


def _checkpoints(begin: Link) -> Iterator[Link]:
    rows = AuditCheckpoint.objects.filter(number__gte=begin.number).order_by("id")
    for number, known in rows.values_list("number", "hash").iterator():
        yield Link(number, known)


def _events(first: int, last: int) -> Iterator[AuditEvent]:
    rows = AuditEvent.objects.order_by("number")
    while page := list(rows.filter(number__gte=first, number__lte=last)[:PAGE]):
        yield from page
        first = (page[-1].number or 0) + 1


def _faults(event: AuditEvent, before: Link, known: str | None) -> Iterator[str]:
    """Yield what is wrong with an event that follows ``before``, or is it."""
    step = (event.number or 0) - before.number
    if step > 1:
        yield MISSING
    if step == 1 and event.previous_hash != before.hash:
        yield UNFOLLOWING
    if digest(event) != event.hash:
        yield CHANGED
    if known is not None and known != event.hash:
        yield REMADE


def _look_behind(verdict: Verdict, head: AuditHead) -> None:
    """Compare the end that was found with the end that was kept, and look for more behind it."""
    if verdict.end != Link(head.number, head.hash):
        verdict.add(verdict.end.number, CUT)
    # One statement with the end of that moment: chaining goes on meanwhile.
    end = Coalesce(Subquery(AuditHead.objects.filter(pk=1).values("number")), 0)
    beyond = AuditEvent.objects.filter(number__gt=end).order_by("number")
    for number in beyond.values_list("number", flat=True)[:TOLD]:
        verdict.add(number or 0, BEYOND)
    if AuditEvent.objects.filter(number=None, at__lt=now() - PATIENCE).exists():
        verdict.add(verdict.end.number, UNCHAINED)
