"""One line of an order's story, and the texts that can be unfolded below it."""

from dataclasses import dataclass
from datetime import datetime

from paycenter.operators.columns import SHOWN_AT_MOST, Text, indented


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text as it was sent or received. ``cut`` says that it goes on."""

    title: Text
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A named value of an entry; ``url`` leads to what the value names."""

    name: Text
    value: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened. ``order`` sorts what happened in the same microsecond."""

    at: datetime
    order: tuple[int, int]
    kind: str
    icon: str
    title: Text
    label: str = ""
    url: str = ""
    facts: tuple[Fact, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def evidence(title: Text, text: str) -> tuple[Evidence, ...]:
    """Return a text to unfold, indented when it is JSON; nothing when it is blank."""
    if not text:
        return ()
    shown = indented(text)
    return (Evidence(title, shown[:SHOWN_AT_MOST], cut=len(shown) > SHOWN_AT_MOST),)


def facts(*named: Fact) -> tuple[Fact, ...]:
    """Keep the facts that say something."""
    return tuple(fact for fact in named if fact.value != "")
