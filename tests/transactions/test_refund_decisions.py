"""A refund that waits for a person: one decision, booked once, with who decided it and why."""

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from gateway.messages import Operation, Outcome, RefundReport, RefundRequest
from gateway.models import Callback
from tests.support.audit import deeds
from tests.support.desk import Desk, events, history
from tests.support.together import together
from transactions.models import Move, Refund
from transactions.services.refund_decisions import Decision, Verdict, decide_refund

NOTE = "seen in the platform's console"


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


def _decide(refund: Refund, verdict: Verdict, *, actor: str = "li") -> bool:
    decision = Decision(verdict, actor, NOTE, version=refund.version)
    return decide_refund(refund.refund_serial_no, decision)


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
    assert _decide(refund, Verdict.RETURNED)
    refund = easy_desk.the_refund()
    assert (refund.state, refund.needs_person, refund.due_at) == ("succeeded", False, None)
    assert _books(easy_desk) == (0, 1_000, "partially_refunded")
    assert len(events("refund.succeeded")) == 1
    moved = Move.objects.get(subject="refund", target="succeeded")
    assert (moved.cause, moved.actor, moved.note) == ("person", "li", NOTE)


def test_money_that_did_not_go_back_is_sent_as_if_for_the_first_time(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    assert _decide(refund, Verdict.SEND_AGAIN)
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
    assert _decide(refund, Verdict.GIVE_UP)
    refund = easy_desk.the_refund()
    assert (refund.state, refund.failure_code, refund.needs_person) == ("failed", "given_up", False)
    assert _books(easy_desk) == (0, 0, "paid")
    assert len(events("refund.failed")) == 1


@pytest.mark.parametrize("verdict", Verdict)
def test_only_what_waits_for_a_person_can_be_decided(easy_desk: Desk, verdict: Verdict) -> None:
    refund = _stuck(easy_desk)
    Refund.objects.update(needs_person=False)
    assert not _decide(refund, verdict)
    assert easy_desk.the_refund().state == "unknown"


@pytest.mark.parametrize("verdict", Verdict)
def test_what_the_channel_decided_meanwhile_stays_as_it_is(
    easy_desk: Desk, verdict: Verdict
) -> None:
    refund = _stuck(easy_desk)
    easy_desk.callback(_success(easy_desk, refund))
    assert not _decide(refund, verdict)
    assert _books(easy_desk) == (0, 1_000, "partially_refunded")


@pytest.mark.parametrize(
    ("verdict", "other"),
    [
        (Verdict.RETURNED, Verdict.RETURNED),
        (Verdict.RETURNED, Verdict.GIVE_UP),
        (Verdict.SEND_AGAIN, Verdict.RETURNED),
    ],
)
def test_of_people_who_decide_at_once_one_does(
    easy_desk: Desk, verdict: Verdict, other: Verdict
) -> None:
    refund = _stuck(easy_desk)
    decided = together(6, lambda index: _decide(refund, verdict if index % 2 else other))
    assert sum(decided) == 1
    reserved, refunded, _ = _books(easy_desk)
    assert reserved + refunded in {0, 1_000}
    assert len(events("refund.succeeded")) + len(events("refund.failed")) <= 1


def test_a_person_and_a_late_answer_at_once_book_once(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    late = _success(easy_desk, refund)

    def work(index: int) -> None:
        if index % 2:
            _decide(refund, Verdict.RETURNED)
        else:
            easy_desk.callback(late)

    together(6, work)
    assert _books(easy_desk) == (0, 1_000, "partially_refunded")
    assert len(events("refund.succeeded")) == 1


def test_a_late_answer_does_not_undo_that_it_is_sent_again(easy_desk: Desk) -> None:
    """Whatever the channel says of what was not sent anew yet is about the past."""
    refund = _stuck(easy_desk)
    _decide(refund, Verdict.SEND_AGAIN)
    easy_desk.callback(RefundReport(Outcome.PENDING, refund.refund_serial_no))
    assert easy_desk.the_refund().state == "approved"
    easy_desk.sweep_refunds()
    assert len(easy_desk.channel.calls_of(Operation.REFUND)) == 2


def test_money_that_goes_back_after_it_was_given_up_is_booked(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    _decide(refund, Verdict.GIVE_UP)
    assert easy_desk.callback(_success(easy_desk, refund)).content == b"ok"
    assert _books(easy_desk) == (0, 1_000, "partially_refunded")


def test_it_is_shown_to_people_where_the_money_was_used_meanwhile(easy_desk: Desk) -> None:
    refund = _stuck(easy_desk)
    _decide(refund, Verdict.GIVE_UP)
    assert easy_desk.refund(easy_desk.the_payment(), "R2", amount=9_500).status == 201
    assert easy_desk.callback(_success(easy_desk, refund)).content == b"ok"
    assert Callback.objects.latest("pk").result == Callback.Result.MISMATCH
    assert _books(easy_desk) == (9_500, 0, "paid")


class TestPage:
    """The button on the refund's page."""

    @pytest.fixture
    def person(self, transactional_db: None) -> User:
        """Somebody who may look at everything and work on refunds."""
        user = User.objects.create(username="wang", is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(codename__in=["view_refund", "change_refund"])
        )
        return user

    @staticmethod
    def _page(refund: Refund, page: str = "decide") -> str:
        address = reverse("admin:transactions_refund_change", args=[refund.pk])
        return address.replace("/change/", f"/{page}/")

    def _post(self, user: User, refund: Refund, **given: object) -> HttpResponse:
        browser = Client()
        browser.force_login(user)
        facts = {"verdict": "returned", "note": NOTE, "version": refund.version}
        response: HttpResponse = browser.post(self._page(refund), facts | given)  # type: ignore[assignment]
        return response

    def test_it_asks_first_and_then_does_what_was_decided(
        self, easy_desk: Desk, person: User
    ) -> None:
        refund = _stuck(easy_desk)
        browser = Client()
        browser.force_login(person)
        shown = browser.get(self._page(refund))
        assert (shown.status_code, easy_desk.the_refund().state) == (200, "unknown")
        assert 'name="note"' in shown.content.decode()
        assert self._post(person, refund).status_code == 302
        assert easy_desk.the_refund().state == "succeeded"
        moved = Move.objects.get(subject="refund", target="succeeded")
        assert (moved.actor, moved.note) == ("wang", NOTE)
        assert deeds().get().reason == NOTE

    @pytest.mark.parametrize("given", [{"note": ""}, {"verdict": ""}, {"verdict": "paid"}])
    def test_a_decision_needs_a_verdict_and_a_reason(
        self, easy_desk: Desk, person: User, given: dict[str, str]
    ) -> None:
        refund = _stuck(easy_desk)
        assert self._post(person, refund, **given).status_code == 200
        assert easy_desk.the_refund().state == "unknown"

    def test_a_decision_about_what_was_decided_since_is_refused(
        self, easy_desk: Desk, person: User
    ) -> None:
        refund = _stuck(easy_desk)
        Refund.objects.update(version=refund.version + 1)
        assert self._post(person, refund).status_code == 302
        assert easy_desk.the_refund().state == "unknown"
        assert not deeds().exists()

    def test_it_is_for_those_who_may_work_on_refunds(self, easy_desk: Desk) -> None:
        refund = _stuck(easy_desk)
        auditor = User.objects.create(username="auditor", is_staff=True)
        auditor.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
        assert self._post(auditor, refund).status_code == 403
        assert easy_desk.the_refund().state == "unknown"

    def test_it_is_only_there_while_a_person_is_needed(self, easy_desk: Desk, person: User) -> None:
        refund = _stuck(easy_desk)
        browser = Client()
        browser.force_login(person)
        page = self._page(refund, "change")
        assert self._page(refund) in browser.get(page).content.decode()
        _decide(refund, Verdict.GIVE_UP)
        assert self._page(refund) not in browser.get(page).content.decode()
        assert self._post(person, refund).status_code == 403
