"""Rules and receivers changed from two sides at once: held where they meet, one after the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from paycenter.kernel.approvals import Decision, Verdict
from tests.support.parties import make_account
from tests.support.sessions import other_session, wait_for_waiters
from tests.support.split_rules import make_rule
from transactions.models import Receiver, SplitRule
from transactions.splits.receivers import add_receiver, unbind
from transactions.splits.rules import decide_rule

pytestmark = pytest.mark.django_db(transaction=True)

LOCK = "SELECT 1 FROM merchants_channelmerchant FOR NO KEY UPDATE"


@contextmanager
def _after(change: str, *works: Callable[[], Any]) -> Iterator[list[Future[Any]]]:
    """Let each work come as far as the channel merchant's lock, then commit ``change`` first."""

    def run(work: Callable[[], Any]) -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        with other_session() as holder:
            holder.execute(LOCK)
            holder.execute(change)
            done = [pool.submit(run, work) for work in works]
            wait_for_waiters(len(works))
            holder.execute("COMMIT")
        yield done


def _rule(state: str) -> SplitRule:
    owner = make_account().channel_merchant
    return make_rule(owner, ("ppm", 1), state=state, decided_by="", decided_at=None)


def test_a_receiver_that_is_entered_twice_is_one() -> None:
    owner = make_account().channel_merchant

    def enter() -> None:
        facts = {"label": "总部", "kind": "merchant", "relation": "headquarter"}
        add_receiver(Receiver(channel_merchant=owner, **facts), account="1900099301")

    with _after("SELECT 1", enter, enter) as done:
        refusals = [one.exception() for one in done]
    assert [type(one) for one in refusals if one is not None] == [ValidationError]
    assert Receiver.objects.count() == 1


def test_a_rule_is_not_approved_while_its_receiver_is_being_unbound() -> None:
    rule = _rule("waiting")
    decision = Decision(Verdict.APPROVE, "approver", "checked", version=0)
    unbinding = "UPDATE transactions_receiver SET state = 'unbinding', due_at = now()"
    with _after(unbinding, lambda: decide_rule(rule.pk, decision)) as [done]:
        assert isinstance(done.exception(), ValidationError)
    assert SplitRule.objects.get().state == "waiting"


def test_a_receiver_is_not_unbound_while_its_rule_is_being_approved() -> None:
    receiver = _rule("draft").items.get().receiver
    approving = "UPDATE transactions_splitrule SET state = 'approved', decided_by = 'approver'"
    with _after(approving, lambda: unbind(receiver.pk, by="operator", version=0)) as [done]:
        assert isinstance(done.exception(), ValidationError)
    assert Receiver.objects.get().state == "bound"
