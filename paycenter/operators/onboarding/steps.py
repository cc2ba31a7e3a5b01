"""What a checklist is made of: steps in sections, and the pages where a step is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from paycenter.operators.words import Word, Words

Text = str | Promise


class State(models.TextChoices):
    """How a step stands. What is blocked waits for a step before it."""

    DONE = "done", _("done")
    TODO = "todo", _("to do")
    BLOCKED = "blocked", _("later")
    OPTIONAL = "optional", _("if you like")


STATES: Words = {
    State.DONE: Word(State.DONE.label, "good"),
    State.TODO: Word(State.TODO.label, "care"),
    State.BLOCKED: Word(State.BLOCKED.label, "plain"),
    State.OPTIONAL: Word(State.OPTIONAL.label, "plain"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A page where a step is done, and the permission it wants."""

    text: Text
    url: str
    permission: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: how it stands, what is there or missing, where it is done."""

    title: Text
    state: State
    note: Text
    links: tuple[Link, ...] = ()
    copy: str = ""

    @property
    def word(self) -> Word:
        """The state in words, with its colour."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class Section:
    """The steps about one row: the company, a channel merchant, an account, an application.

    ``about`` names the row, ``channel_merchant_id`` whose it is where it is a channel merchant's.
    """

    title: Text
    about: Text
    steps: tuple[Step, ...]
    channel_merchant_id: int | None = None
    account_id: int | None = None


def missing(sections: Iterable[Section]) -> list[Step]:
    """Return what is to do now, in order."""
    return [step for one in sections for step in one.steps if step.state is State.TODO]


def progress(sections: Sequence[Section]) -> tuple[int, int]:
    """Return how many steps are done, and of how many that must be."""
    wanted = [step for one in sections for step in one.steps if step.state is not State.OPTIONAL]
    return sum(step.state is State.DONE for step in wanted), len(wanted)


def open_to(sections: Iterable[Section], permissions: frozenset[str]) -> list[Section]:
    """Leave out the links that are closed to somebody with these permissions."""
    return [
        replace(one, steps=tuple(_open(step, permissions) for step in one.steps))
        for one in sections
    ]


def _open(step: Step, permissions: frozenset[str]) -> Step:
    links = tuple(link for link in step.links if link.permission in permissions)
    return replace(step, links=links)
