"""The repeat rule and duplicate payments, driven through random stories on a real database.

A payer tries at two channels: again, in other ways, in several tabs. Answers get lost, callbacks
come late, twice and out of order, others are forged or wrong, workers sleep, refunds fail, people
decide, the application answers or not, and the machine dies, between any two statements. After
every step the laws of ``tests.support.laws`` hold and what we booked is what the channels did; at
the end of a story everything has ended, the application has heard of it, and the invariants hold.

Some steps are drawn more often than others, so that most stories come to money that is paid twice.
The stories are the same on every run; ``pytest --hypothesis-profile=long`` tells many more.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pytest_django import Settings

from gateway.messages import Failure, Operation, Outcome, PayResult
from notifications import sending
from tests.support.clock import Clock
from tests.support.payer_story import WINDOW, Scene
from tests.support.workers import Workers
from transactions.services.duplicate_decisions import Decision, Verdict, decide_duplicate

T = TypeVar("T")
Arguments = dict[str, Any]
Step = tuple[str, Arguments]


def pick(things: Sequence[T], which: int) -> T:
    """Return one of them; 0 is the newest."""
    return things[-1 - which % len(things)]


class Story:
    """Everything that may happen, in any order: one method each."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.way = {"elsewhere": False, "page": False, "second": False}
        self.refund_numbers = 0

    def pay_again(self, *, pause: int) -> None:
        """Let the payer try in the same way as before."""
        self.scene.clock.shift(pause)
        self.scene.pay(**self.way)

    def pay_otherwise(self, *, pause: int, what: str) -> None:
        """Let the payer try at the other channel, by the other method or the other number."""
        self.way[what] = not self.way[what]
        self.pay_again(pause=pause)

    def pay_while_workers_sleep(self, *, pause: int, what: str) -> None:
        """Let the payer try likewise while no worker takes a message."""
        self.scene.workers.pause()
        self.pay_otherwise(pause=pause, what=what)
        self.scene.workers.resume()

    def close(self, *, which: int) -> None:
        """Give a payment up."""
        if self.scene.serial_nos:
            answer = self.scene.desk.close(pick(self.scene.serial_nos, which))
            assert answer.status == 200 or answer.code == "payment_not_closable"

    def sync(self, *, which: int) -> None:
        """Want the truth now."""
        if self.scene.serial_nos:
            answer = self.scene.desk.sync(pick(self.scene.serial_nos, which))
            assert answer.status in {200, 202}

    def refund(self, *, which: int, amount: int) -> None:
        """Return money of a payment that succeeded; an amount of 0 is what is left of it."""
        paid = list(self.scene.payments().filter(state="succeeded").order_by("pk"))
        if paid:
            self.refund_numbers += 1
            payment = pick(paid, which)
            asked = amount or payment.left or payment.amount
            answer = self.scene.desk.refund(payment, f"R{self.refund_numbers}", amount=asked)
            assert answer.status == 201 or answer.code == "refund_exceeds_payment"

    def payer_pays(self, *, which: int, told: bool) -> None:
        """Pay what can be paid, or was closed a moment too late; ``told``: it is said at once."""
        unpaid = self.scene.unpaid()
        if unpaid:
            self.scene.take_money(pick(unpaid, which), told=told)

    def payer_hurries(self, *, operation: Operation, told: bool) -> None:
        """Pay what the center asks about next, at that very moment."""
        self.scene.hurry(operation, told=told)

    def answer_gets_lost(self, *, operation: Operation, happens: bool) -> None:
        """Lose the next answer, or even what was asked for."""
        for channel in self.scene.channels:
            channel.lose(operation, happens=happens)

    def channel_ends_it(self, *, which: int) -> None:
        """Let a channel end a payment by itself, and say so some time."""
        if self.scene.serial_nos:
            serial_no = pick(self.scene.serial_nos, which)
            word = self.scene.channel_of[serial_no].end(serial_no)
            self.scene.words.extend([word] if word else [])

    def callback(self, *, which: int) -> None:
        """Deliver what a channel said once: late, again, or out of order."""
        if self.scene.words:
            self.scene.deliver(pick(self.scene.words, which))

    def refund_ends(self, *, which: int, outcome: Outcome) -> None:
        """Let a channel return money, or refuse to, or return what it had refused to."""
        known = [
            (channel, number)
            for channel in self.scene.channels
            for number, report in channel.refunds.items()
            if report.outcome != Outcome.SUCCEEDED
        ]
        if known:
            channel, refund_serial_no = pick(known, which)
            word = channel.end_refund(refund_serial_no, outcome)
            self.scene.words.append(word)
            self.scene.deliver(word)

    def sweep(self, *, pause: int) -> None:
        """Take up what is due."""
        self.scene.clock.shift(pause)
        self.scene.sweep()

    def worker_works(self, *, which: int) -> None:
        """Work on a message: late, or once more."""
        messages = self.scene.messages()
        if messages:
            self.scene.workers.work_on(pick(messages, which))

    def company_wishes(self, *, holds: bool) -> None:
        """Hold duplicate payments from now on, or return them."""
        merchant = self.scene.desk.account.channel_merchant.merchant
        merchant.holds_duplicates = holds
        merchant.save()

    def person_decides(self, *, which: int, verdict: Verdict, behind: int) -> None:
        """Decide about a duplicate payment, as it is or as it was."""
        found = self.scene.duplicates().select_related("payment").order_by("pk")
        if found:
            duplicate = pick(sorted(found, key=lambda one: one.state != "return"), which)
            decision = Decision(verdict, "li", "why not", version=duplicate.version - behind)
            decide_duplicate(duplicate.payment.serial_no, decision)

    def machine_dies(self, *, moments: int) -> None:
        """Let the machine die soon, in whatever is done then."""
        self.scene.deaths.come(moments)

    def somebody_lies(self, *, which: int, lie: dict[str, Any]) -> None:
        """Say that a payment succeeded which did not."""
        unpaid = self.scene.unpaid()
        if unpaid:
            self.scene.lie(pick(unpaid, which), **lie)

    def channel_refuses(self, *, elsewhere: bool) -> None:
        """Let a channel refuse the next payment it is asked for."""
        refusal = PayResult(Outcome.FAILED, failure=Failure("NO", "not today"))
        self.scene.channels[elsewhere].answers(Operation.PAY, refusal)

    def application_is_told(self, *, status: int | None) -> None:
        """Tell the application what is to be told; it answers with a status, or not at all."""
        self.scene.application.status = status
        self.scene.application.is_told()


PAUSE = st.sampled_from([0, 1, WINDOW, WINDOW + 1])
WHAT = st.sampled_from(["elsewhere", "page", "second"])
WHICH = st.integers(min_value=0, max_value=3)
TOLD = st.booleans()
OPERATION = st.sampled_from([Operation.PAY, Operation.QUERY, Operation.CLOSE, Operation.REFUND])

STEPS: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
    "company_wishes": (2, {"holds": st.booleans()}),
    "machine_dies": (6, {"moments": st.integers(min_value=0, max_value=30)}),
    "somebody_lies": (
        2,
        {
            "which": WHICH,
            "lie": st.sampled_from(
                [
                    {"more": 0, "genuine": False, "elsewhere": False},
                    {"more": 1, "genuine": True, "elsewhere": False},
                    {"more": 0, "genuine": True, "elsewhere": True},
                ]
            ),
        },
    ),
    "channel_refuses": (1, {"elsewhere": st.booleans()}),
    "application_is_told": (3, {"status": st.sampled_from([200, 500, None])}),
    "pay_again": (2, {"pause": PAUSE}),
    "pay_otherwise": (8, {"pause": PAUSE, "what": WHAT}),
    "pay_while_workers_sleep": (1, {"pause": PAUSE, "what": WHAT}),
    "close": (1, {"which": WHICH}),
    "sync": (2, {"which": WHICH}),
    "refund": (2, {"which": WHICH, "amount": st.sampled_from([4_000, 0])}),
    "payer_pays": (6, {"which": WHICH, "told": TOLD}),
    "payer_hurries": (1, {"operation": OPERATION, "told": TOLD}),
    "answer_gets_lost": (2, {"operation": OPERATION, "happens": st.booleans()}),
    "channel_ends_it": (1, {"which": WHICH}),
    "callback": (3, {"which": WHICH}),
    "refund_ends": (
        4,
        {"which": WHICH, "outcome": st.sampled_from([Outcome.FAILED, Outcome.SUCCEEDED])},
    ),
    "sweep": (6, {"pause": st.sampled_from([10, 31, 61, 61, 2_000, 90_000])}),
    "worker_works": (2, {"which": WHICH}),
    "person_decides": (
        3,
        {
            "which": WHICH,
            "verdict": st.sampled_from(sorted(Verdict)),
            "behind": st.sampled_from([0, 0, 1]),
        },
    ),
}
"""How often each step is drawn, in parts, and with what. Pauses are in seconds."""

VOLUMES = 3
"""Of ten stories each: after those, Hypothesis makes most by copying parts of the ones before."""
NAMES = st.sampled_from([name for name, (parts, _) in STEPS.items() for _ in range(parts)])
STORIES = st.lists(
    NAMES.flatmap(lambda name: st.tuples(st.just(name), st.fixed_dictionaries(STEPS[name][1]))),
    min_size=30,
    max_size=60,
)


@pytest.mark.usefixtures("transactional_db", "channel", "other_channel")
@pytest.mark.parametrize("volume", range(VOLUMES))
def test_whatever_happens_the_laws_hold(
    clock: Clock,
    workers: Workers,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    volume: int,
) -> None:
    settings.INITIATE_WAIT_SECONDS = 0.001

    @hypothesis.seed(volume)
    @hypothesis.settings(
        max_examples=hypothesis.settings().max_examples // 10,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(steps=STORIES)
    def tell(steps: list[Step]) -> None:
        scene = Scene(clock, workers)
        monkeypatch.setattr(sending, "exchange", scene.application.exchange)
        story = Story(scene)
        for name, arguments in steps:
            scene.live(partial(getattr(story, name), **arguments))
            scene.assert_nothing_is_wrong()
        scene.end()

    tell()
