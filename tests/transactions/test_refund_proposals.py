"""A refund that waits for a person: one says what is true, another agrees, it is booked once."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.transaction import atomic
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from gateway.messages import Operation, Outcome, RefundReport, RefundRequest
from gateway.models import Callback
from paycenter.kernel.approvals import Decision, Verdict
from tests.support.audit import deeds
from tests.support.desk import Desk, events, history
from tests.support.together import together
from transactions.models import Move, Refund, RefundProposal
from transactions.services.refund_proposals import Found, decide_proposal, propose

NOTE = "looked at it as well"
SEEN = "seen in their console"
Solution = RefundProposal.Solution


def _stuck(desk: Desk) -> Refund:
    """Return a refund the channel cannot decide."""
    payment = desk.pending_payment()
    desk.channel.paid(payment.serial_no)
    desk.sync(payment.serial_no)

    def undecided(request: RefundRequest) -> RefundReport:
        return RefundReport(Outcome.UNKNOWN, request.refund_serial_no, needs_person=True)

    desk.channel.answers(Operation.REFUND, undecided)
    desk.refund(desk.the_payment())
    return desk.the_refund()


def _propose(refund: Refund, solution: Solution, *, by: str = "wu") -> RefundProposal | None:
    return propose(refund.refund_serial_no, Found(solution, by, SEEN, version=refund.version))


def _decide(refund: Refund, solution: Solution, *, actor: str = "li") -> bool:
    """Have one person propose it and another agree."""
    proposal = _propose(refund, solution)
    return proposal is not None and _agree(proposal, actor=actor)


def _agree(
    proposal: RefundProposal, *, actor: str = "li", verdict: Verdict = Verdict.APPROVE
) -> bool:
    return decide_proposal(proposal.pk, Decision(verdict, actor, NOTE, proposal.pk))


def _books(desk: Desk) -> tuple[int, int, str]:
    payment = desk.the_payment()
    return payment.refund_reserved, payment.refunded, desk.order().state


def _success(desk: Desk, refund: Refund) -> RefundReport:
    return RefundReport(
        Outcome.SUCCEEDED,
        refund.refund_serial_no,
        serial_no=refund.payment.serial_no,
        amount=refund.amount,
        currency="CNY",
        mchid=desk.account.channel_merchant.mchid,
    )


def test_money_that_went_back_is_booked_with_who_said_so(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    assert _decide(refund, Solution.RETURNED)
    refund = easy_desk.the_refund()
    assert (refund.state, refund.needs_person, refund.due_at) == ("succeeded", False, None)
    assert _books(easy_desk) == (0, 1_000, "partially_refunded")
    assert len(events("refund.succeeded")) == 1
    moved = Move.objects.get(subject="refund", target="succeeded")
    assert (moved.cause, moved.actor, moved.note) == ("person", "li", NOTE)


def test_money_that_did_not_go_back_is_sent_as_if_for_the_first_time(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    assert _decide(refund, Solution.SEND_AGAIN)
    easy_desk.sweep_refunds()
    first, second = easy_desk.channel.calls_of(Operation.REFUND)
    assert first == second
    assert easy_desk.channel.calls_of(Operation.REFUND_QUERY) == []
    assert history(refund)[1:] == [
        ("unknown", "approved", "person"),
        ("approved", "unknown", "send"),
        ("unknown", "processing", "answer"),
    ]


def test_what_is_given_up_releases_its_reservation(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    assert _decide(refund, Solution.GIVE_UP)
    refund = easy_desk.the_refund()
    assert (refund.state, refund.failure_code, refund.needs_person) == ("failed", "given_up", False)
    assert _books(easy_desk) == (0, 0, "paid")
    assert len(events("refund.failed")) == 1


@pytest.mark.parametrize("solution", Solution)
def test_only_what_waits_for_a_person_can_be_decided(easy_desk: Desk, solution: Solution) -> None:
    refund = _stuck(easy_desk)
    Refund.objects.update(needs_person=False)
    assert not _decide(refund, solution)
    assert easy_desk.the_refund().state == "unknown"


@pytest.mark.parametrize("solution", Solution)
def test_what_the_channel_decided_meanwhile_stays_as_it_is(
    easy_desk: Desk, solution: Solution
) -> None:
    refund = _stuck(easy_desk)
    easy_desk.callback(_success(easy_desk, refund))
    assert not _decide(refund, solution)
    assert _books(easy_desk) == (0, 1_000, "partially_refunded")


def test_of_people_who_propose_at_once_one_does(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    proposed = together(4, lambda index: _propose(refund, list(Solution)[index % 3]))
    assert len([one for one in proposed if one is not None]) == 1


@pytest.mark.parametrize("solution", Solution)
def test_of_people_who_decide_at_once_one_does(easy_desk: Desk, solution: Solution) -> None:
    proposal = _propose(_stuck(easy_desk), solution)
    assert proposal is not None

    def decide(index: int) -> bool:
        return _agree(proposal, verdict=Verdict.REFUSE if index % 2 else Verdict.APPROVE)

    assert sum(together(6, decide)) == 1
    reserved, refunded, _ = _books(easy_desk)
    assert reserved + refunded in {0, 1_000}
    assert len(events("refund.succeeded")) + len(events("refund.failed")) <= 1


def test_nobody_decides_about_the_own_proposal(easy_desk: Desk) -> None:
    proposal = _propose(_stuck(easy_desk), Solution.RETURNED)
    assert proposal is not None
    for verdict in Verdict:
        with pytest.raises(ValidationError):
            _agree(proposal, actor="wu", verdict=verdict)
    assert easy_desk.the_refund().state == "unknown"
    with pytest.raises(IntegrityError, match="refund_proposal_two_people"), atomic():
        RefundProposal.objects.update(state="approved", decided_by="wu")
    with pytest.raises(IntegrityError, match="decided_by_somebody"), atomic():
        RefundProposal.objects.update(state="approved")


def test_a_refund_that_moved_since_is_looked_at_again(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    proposal = _propose(refund, Solution.GIVE_UP)
    assert proposal is not None
    Refund.objects.update(version=refund.version + 1)
    assert not _agree(proposal)
    proposal.refresh_from_db()
    assert (proposal.state, easy_desk.the_refund().state) == ("outdated", "unknown")
    again = _propose(easy_desk.the_refund(), Solution.GIVE_UP)
    assert again is not None
    assert _agree(again)


def test_an_outdated_proposal_does_not_keep_others_away(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    _propose(refund, Solution.GIVE_UP)
    assert _propose(refund, Solution.RETURNED) is None
    Refund.objects.update(version=refund.version + 1)
    assert _propose(easy_desk.the_refund(), Solution.RETURNED) is not None
    states = RefundProposal.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["outdated", "waiting"]


def test_what_is_refused_leaves_the_refund_to_be_looked_at(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    proposal = _propose(refund, Solution.RETURNED)
    assert proposal is not None
    assert _agree(proposal, verdict=Verdict.REFUSE)
    assert easy_desk.the_refund().version == refund.version
    assert _decide(refund, Solution.GIVE_UP)


def test_a_person_and_a_late_answer_at_once_book_once(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    late = _success(easy_desk, refund)
    proposal = _propose(refund, Solution.RETURNED)
    assert proposal is not None

    def work(index: int) -> None:
        if index % 2:
            _agree(proposal)
        else:
            easy_desk.callback(late)

    together(6, work)
    assert _books(easy_desk) == (0, 1_000, "partially_refunded")
    assert len(events("refund.succeeded")) == 1


def test_a_late_answer_does_not_undo_that_it_is_sent_again(easy_desk: Desk) -> None:
    """Whatever the channel says of what was not sent anew yet is about the past."""
    refund = _stuck(easy_desk)
    _decide(refund, Solution.SEND_AGAIN)
    easy_desk.callback(RefundReport(Outcome.PENDING, refund.refund_serial_no))
    assert easy_desk.the_refund().state == "approved"
    easy_desk.sweep_refunds()
    assert len(easy_desk.channel.calls_of(Operation.REFUND)) == 2


def test_money_that_goes_back_after_it_was_given_up_is_booked(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    _decide(refund, Solution.GIVE_UP)
    assert easy_desk.callback(_success(easy_desk, refund)).content == b"ok"
    assert _books(easy_desk) == (0, 1_000, "partially_refunded")


def test_it_is_shown_to_people_where_the_money_was_used_meanwhile(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    _decide(refund, Solution.GIVE_UP)
    assert easy_desk.refund(easy_desk.the_payment(), "R2", amount=9_500).status == 201
    assert easy_desk.callback(_success(easy_desk, refund)).content == b"ok"
    assert Callback.objects.latest("pk").result == Callback.Result.MISMATCH
    assert _books(easy_desk) == (9_500, 0, "paid")


class TestPage:
    """The button on the refund's page, and the page of what was proposed."""

    @pytest.fixture
    def person(self, transactional_db: None) -> User:
        """Somebody who may look at everything and work on refunds."""
        return self._person("wang")

    @staticmethod
    def _person(name: str) -> User:
        user = User.objects.create(username=name, is_staff=True)
        codes = ["view_refund", "change_refund", "view_refundproposal", "change_refundproposal"]
        user.user_permissions.set(Permission.objects.filter(codename__in=codes))
        return user

    @staticmethod
    def _page(refund: Refund, page: str = "propose") -> str:
        address = reverse("admin:transactions_refund_change", args=[refund.pk])
        return address.replace("/change/", f"/{page}/")

    def _post(self, user: User, refund: Refund, **given: object) -> HttpResponse:
        facts = {"solution": "returned", "explanation": SEEN, "version": refund.version}
        response: HttpResponse = _browser(user).post(self._page(refund), facts | given)  # type: ignore[assignment]
        return response

    def test_one_says_what_is_true_and_another_has_it_booked(
        self, easy_desk: Desk, person: User
    ) -> None:
        refund = _stuck(easy_desk)
        shown = _browser(person).get(self._page(refund))
        assert 'name="explanation"' in shown.content.decode()
        assert self._post(person, refund).status_code == 302
        assert easy_desk.the_refund().state == "unknown"
        proposal = RefundProposal.objects.get()
        page = reverse("admin:transactions_refundproposal_approve", args=[proposal.pk])
        assert _browser(person).get(page).status_code == 403
        other = _browser(self._person("li"))
        asked = other.get(page).content.decode()
        assert SEEN in asked
        assert "wang" in asked
        assert other.post(page, {"note": NOTE, "version": proposal.pk}).status_code == 302
        assert easy_desk.the_refund().state == "succeeded"
        moved = Move.objects.get(subject="refund", target="succeeded")
        assert (moved.actor, moved.note) == ("li", NOTE)
        assert [deed.reason for deed in deeds().order_by("pk")] == [SEEN, NOTE]

    @pytest.mark.parametrize("given", [{"explanation": ""}, {"solution": ""}, {"solution": "paid"}])
    def test_a_proposal_needs_a_solution_and_a_reason(
        self, easy_desk: Desk, person: User, given: dict[str, str]
    ) -> None:
        refund = _stuck(easy_desk)
        assert self._post(person, refund, **given).status_code == 200
        assert not RefundProposal.objects.exists()

    def test_a_proposal_about_what_changed_since_is_refused(
        self, easy_desk: Desk, person: User
    ) -> None:
        refund = _stuck(easy_desk)
        Refund.objects.update(version=refund.version + 1)
        assert self._post(person, refund).status_code == 302
        assert not RefundProposal.objects.exists()
        assert not deeds().exists()

    def test_it_is_for_those_who_may_work_on_refunds(self, easy_desk: Desk) -> None:
        refund = _stuck(easy_desk)
        auditor = User.objects.create(username="auditor", is_staff=True)
        auditor.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        assert self._post(auditor, refund).status_code == 403
        assert not RefundProposal.objects.exists()

    def test_it_is_only_there_while_a_person_is_needed(self, easy_desk: Desk, person: User) -> None:
        refund = _stuck(easy_desk)
        page = self._page(refund, "change")
        assert self._page(refund) in _browser(person).get(page).content.decode()
        _decide(refund, Solution.GIVE_UP)
        assert self._page(refund) not in _browser(person).get(page).content.decode()
        assert self._post(person, refund).status_code == 403


def _browser(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser
