"""Receivers: entered once, sealed at once, tried again and unbound by buttons."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from merchants.models import AuditEvent
from tests.admin.pages import address, read
from tests.admin.rows import Company, make_company
from tests.admin.test_statement_counts import OF_A_COUNTED_LIST, cost
from tests.support.audit import deeds
from tests.support.parties import make_channel_merchant
from tests.support.split_rules import make_receiver, make_rule
from tests.support.workers import Workers
from transactions.models import Receiver

ACCOUNT = "1900099301"
NAME = "阳光保洁有限公司"
LIST = address(Receiver, "changelist")


@pytest.fixture(autouse=True)
def _english(browser: Client, workers: Workers) -> None:
    """Read the pages in English; no worker speaks to a channel."""
    browser.cookies["django_language"] = "en"
    workers.pause()


def _enter(browser: Client, company: Company, **changes: Any) -> Any:
    form = {
        "channel_merchant": company.owner.pk,
        "label": "保洁公司",
        "kind": "merchant",
        "account": ACCOUNT,
        "name": NAME,
        "relation": "service_provider",
        "relation_text": "",
    }
    return browser.post(address(Receiver, "add"), form | changes)


def _button(receiver: Receiver, name: str) -> str:
    return address(Receiver, "change", receiver.pk).replace("/change/", f"/{name}/")


def _press(browser: Client, receiver: Receiver, name: str, seen: object = 0) -> str:
    return browser.post(_button(receiver, name), {"seen": seen}, follow=True).content.decode()


def _state(receiver: Receiver) -> str:
    return str(Receiver.objects.get(pk=receiver.pk).state)


class TestEntering:
    """The form to add one."""

    @pytest.mark.django_db(transaction=True)
    def test_a_receiver_is_stored_sealed_and_the_channel_asked(
        self, browser: Client, company: Company, workers: Workers
    ) -> None:
        assert _enter(browser, company).headers["Location"] == LIST
        receiver = Receiver.objects.get()
        assert receiver.unseal("sealed_account") == ACCOUNT
        assert receiver.unseal("sealed_name") == NAME
        assert (receiver.state, receiver.merchant) == ("binding", company.merchant)
        [message] = workers.kept("look_at_receiver")
        assert (message.args, message.queue) == ((receiver.pk,), "channel.wechat")

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"kind": "user_id"}, "This channel pays no accounts of this kind."),
            ({"relation": "custom"}, "Describe the relation"),
            ({"account": ""}, "This field is required."),
            ({"label": ""}, "This field is required."),
            ({"account": "1900\u202e1"}, "Leave out control characters"),
        ],
        ids=str,
    )
    def test_what_makes_no_sense_is_refused_and_never_shown_again(
        self, browser: Client, company: Company, changes: dict[str, str], complaint: str
    ) -> None:
        page = _enter(browser, company, **changes).content.decode()
        assert complaint in page
        assert ACCOUNT not in page
        assert NAME not in page
        assert not Receiver.objects.exists()

    def test_an_account_that_is_here_already_is_told_by_its_number(
        self, browser: Client, company: Company
    ) -> None:
        _enter(browser, company)
        page = _enter(browser, company).content.decode()
        assert f"a receiver already: {Receiver.objects.get().receiver_no}" in page

    def test_only_who_may_add_receivers_does(self, client: Client, company: Company) -> None:
        clerk = User.objects.create(username="clerk", is_staff=True)
        clerk.user_permissions.add(Permission.objects.get(codename="view_receiver"))
        client.force_login(clerk)
        assert client.get(LIST).status_code == 200
        assert _enter(client, company).status_code == 403


class TestPages:
    """What is shown of a receiver."""

    def test_no_page_shows_who_it_is(self, browser: Client, company: Company) -> None:
        _enter(browser, company)
        receiver = Receiver.objects.get()
        hidden = (ACCOUNT, NAME, receiver.account_hash, receiver.sealed_account)
        for url in (
            LIST,
            address(Receiver, "change", receiver.pk),
            address(Receiver, "history", receiver.pk),
            address(AuditEvent, "changelist"),
            address(AuditEvent, "change", deeds().get().pk),
        ):
            page = read(browser, url)
            assert not [text for text in hidden if text in page], url
        assert "19***01" in read(browser, LIST)

    def test_a_refusal_is_told_in_the_channels_words(
        self, browser: Client, company: Company
    ) -> None:
        words = {"failure_code": "NAME_MISMATCH", "failure_message": "名称不匹配"}
        receiver = make_receiver(company.owner, state="refused", **words)
        page = read(browser, address(Receiver, "change", receiver.pk))
        assert "名称不匹配" in page
        assert "refused by the channel" in page

    def test_the_list_costs_the_same_however_many_there_are(
        self, browser: Client, company: Company
    ) -> None:
        make_receiver(company.owner)
        few = cost(browser, LIST)
        for _ in range(3):
            make_receiver(make_channel_merchant())
        assert (few, cost(browser, LIST)) == (OF_A_COUNTED_LIST, OF_A_COUNTED_LIST)

    def test_it_is_found_by_its_number_and_its_name(
        self, browser: Client, company: Company
    ) -> None:
        wanted = make_receiver(company.owner, label="保洁公司")
        other = make_receiver(company.owner, label="保安公司")
        for text in (wanted.receiver_no, "保洁"):
            page = read(browser, f"{LIST}?q={text}")
            assert wanted.receiver_no in page
            assert other.receiver_no not in page

    def test_nothing_of_it_is_changed(self, browser: Client, company: Company) -> None:
        receiver = make_receiver(company.owner)
        url = address(Receiver, "change", receiver.pk)
        assert browser.post(url, {"label": "x"}).status_code == 403
        assert browser.post(address(Receiver, "delete", receiver.pk)).status_code == 403


class TestButtons:
    """Binding again and unbinding."""

    def test_one_that_was_refused_is_bound_again(
        self, browser: Client, company: Company, workers: Workers
    ) -> None:
        receiver = make_receiver(company.owner, state="refused")
        assert "The channel is being asked" in _press(browser, receiver, "try_again")
        assert _state(receiver) == "binding"
        assert workers.kept("look_at_receiver")[0].args == (receiver.pk,)
        assert deeds().get().object_id == str(receiver.pk)
        page = read(browser, address(Receiver, "change", receiver.pk))
        assert "operator" in page

    def test_one_that_is_bound_is_unbound(self, browser: Client, company: Company) -> None:
        receiver = make_receiver(company.owner)
        _press(browser, receiver, "unbind")
        assert _state(receiver) == "unbinding"

    def test_one_that_a_rule_pays_stays_and_it_is_said_why(
        self, browser: Client, company: Company
    ) -> None:
        receiver = make_rule(company.owner, ("ppm", 1)).items.get().receiver
        assert "A split rule gives it a share." in _press(browser, receiver, "unbind")
        assert _state(receiver) == "bound"

    @pytest.mark.parametrize("seen", ["7", "", "x"])
    def test_what_changed_since_it_was_seen_stays(
        self, browser: Client, company: Company, seen: str
    ) -> None:
        receiver = make_receiver(company.owner)
        assert "Something changed meanwhile" in _press(browser, receiver, "unbind", seen)
        assert _state(receiver) == "bound"

    @pytest.mark.parametrize(
        ("state", "offered"),
        [
            ("binding", []),
            ("bound", ["unbind"]),
            ("refused", ["try_again", "unbind"]),
            ("unbinding", []),
            ("unbound", ["try_again"]),
        ],
    )
    def test_only_what_can_be_done_is_offered(
        self, browser: Client, company: Company, state: str, offered: list[str]
    ) -> None:
        receiver = make_receiver(company.owner, state=state)
        page = read(browser, address(Receiver, "change", receiver.pk))
        buttons = ["try_again", "unbind"]
        assert [name for name in buttons if _button(receiver, name) in page] == offered
        for name in buttons:
            answered = browser.get(_button(receiver, name)).status_code
            assert answered == (200 if name in offered else 403)

    def test_who_only_reads_does_nothing(self, client: Client) -> None:
        receiver = make_receiver(make_company().owner)
        clerk = User.objects.create(username="clerk", is_staff=True)
        clerk.user_permissions.add(Permission.objects.get(codename="view_receiver"))
        client.force_login(clerk)
        assert client.post(_button(receiver, "unbind"), {"seen": "0"}).status_code == 403
        assert _state(receiver) == "bound"
