"""Split rules: a draft is its author's, somebody else decides, anybody may try one out."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from merchants.models import ChannelMerchant
from tests.admin.pages import address, read
from tests.admin.rows import Company
from tests.admin.test_statement_counts import OF_A_COUNTED_LIST, cost
from tests.support.audit import deeds
from tests.support.parties import make_channel_merchant
from tests.support.split_rules import make_receiver, make_rule
from transactions.models import Move, Receiver, SplitRule

LIST = address(SplitRule, "changelist")
RULE = {"base": "gross", "fee_ppm": "6000", "active_from_0": "2026-11-01", "active_from_1": "08:00"}


@pytest.fixture(autouse=True)
def _english(browser: Client) -> None:
    browser.cookies["django_language"] = "en"


@pytest.fixture
def colleague(browser: Client) -> Client:
    """The browser of somebody else who may write rules."""
    client = Client()
    client.force_login(User.objects.create(username="approver", is_staff=True, is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def draft(company: Company) -> SplitRule:
    """A draft of the operator's: 10 per cent to one receiver."""
    facts = {"state": "draft", "written_by": "operator", "decided_by": "", "decided_at": None}
    return make_rule(company.owner, ("ppm", 100_000), **facts)


@pytest.fixture
def waiting(company: Company) -> SplitRule:
    """A rule of the operator's that waits for approval."""
    facts = {"state": "waiting", "written_by": "operator", "decided_by": "", "decided_at": None}
    return make_rule(company.owner, ("ppm", 100_000), **facts)


def _page(rule: SplitRule) -> str:
    return address(SplitRule, "change", rule.pk)


def _button(rule: SplitRule, name: str) -> str:
    return _page(rule).replace("/change/", f"/{name}/")


def _press(browser: Client, rule: SplitRule, name: str, **given: object) -> str:
    facts = {"seen": rule.version, "version": rule.version, "note": "checked"}
    return browser.post(_button(rule, name), facts | given, follow=True).content.decode()


def _read(rule: SplitRule) -> SplitRule:
    return SplitRule.objects.get(pk=rule.pk)


def _items(*items: tuple[Receiver, str, int], kept: SplitRule | None = None) -> dict[str, object]:
    """Return what a form sends of new shares, and of those that are there already."""
    old = list(kept.items.all()) if kept else []
    form: dict[str, object] = {
        "items-TOTAL_FORMS": len(old) + len(items),
        "items-INITIAL_FORMS": len(old),
    }
    rows = [(one.receiver, one.kind, one.value, one.pk) for one in old]
    rows += [(*item, "") for item in items]  # type: ignore[misc]
    for number, (receiver, kind, value, pk) in enumerate(rows):
        facts = {"receiver": receiver.pk, "kind": kind, "value": value, "description": "管理费"}
        form |= {f"items-{number}-{name}": given for name, given in (facts | {"id": pk}).items()}
    return form


def _save(browser: Client, rule: SplitRule, *items: tuple[Receiver, str, int]) -> str:
    form = RULE | _items(*items, kept=rule) | {"_continue": "1"}
    return browser.post(_page(rule), form, follow=True).content.decode()


class TestWriting:
    """Drafts."""

    def test_a_draft_is_written_first_and_its_shares_then(
        self, browser: Client, company: Company
    ) -> None:
        form = RULE | {"channel_merchant": company.owner.pk}
        answer = browser.post(address(SplitRule, "add"), form)
        rule = SplitRule.objects.get()
        assert answer.headers["Location"] == _page(rule)
        assert (rule.edition, rule.state, rule.written_by) == (1, "draft", "operator")
        _save(browser, rule, (make_receiver(company.owner), "ppm", 100_000))
        assert list(rule.items.values_list("kind", "value")) == [("ppm", 100_000)]

    def test_a_channel_that_cannot_split_is_refused(
        self, browser: Client, company: Company
    ) -> None:
        owner = make_channel_merchant(company.merchant, channel="easypay")
        form = RULE | {"channel_merchant": owner.pk}
        page = browser.post(address(SplitRule, "add"), form).content.decode()
        assert "This channel cannot split payments." in page
        assert not SplitRule.objects.exists()

    def test_its_own_receivers_are_offered(
        self, browser: Client, company: Company, draft: SplitRule
    ) -> None:
        own = make_receiver(company.owner)
        ended = make_receiver(company.owner, state="unbound")
        other = make_receiver()
        page = read(browser, _page(draft))
        assert own.receiver_no in page
        assert ended.receiver_no not in page
        assert other.receiver_no not in page

    @pytest.mark.parametrize(
        ("value", "complaint"),
        [(200_001, "The shares are 300001 parts per million; 300000 may be split."), (0, "")],
    )
    def test_what_could_not_be_approved_is_not_saved(
        self, browser: Client, company: Company, draft: SplitRule, value: int, complaint: str
    ) -> None:
        page = _save(browser, draft, (make_receiver(company.owner), "ppm", value))
        assert complaint in page
        assert draft.items.count() == 1

    def test_a_receiver_that_is_gone_is_named(self, browser: Client, draft: SplitRule) -> None:
        Receiver.objects.update(state="unbound")
        assert "is not bound at the channel." in _save(browser, draft)

    def test_a_line_nobody_touched_is_no_share(self, browser: Client, draft: SplitRule) -> None:
        form = RULE | _items(kept=draft) | {"items-TOTAL_FORMS": 2}
        empty = {"id": "", "receiver": "", "kind": "ppm", "value": "", "description": ""}
        form |= {f"items-1-{name}": value for name, value in empty.items()}
        assert browser.post(_page(draft), form | {"fee_ppm": "1"}).headers["Location"] == LIST
        assert (_read(draft).fee_ppm, draft.items.count()) == (1, 1)

    def test_a_receiver_gets_one_share(self, browser: Client, draft: SplitRule) -> None:
        receiver = draft.items.get().receiver
        page = _save(browser, draft, (receiver, "fixed", 100))
        assert "duplicate" in page
        assert draft.items.count() == 1

    def test_nobody_else_edits_a_draft(self, colleague: Client, draft: SplitRule) -> None:
        assert colleague.post(_page(draft), RULE | _items(kept=draft)).status_code == 403
        assert 'name="items-0-value"' not in read(colleague, _page(draft))

    @pytest.mark.parametrize("state", ["waiting", "approved", "refused", "retired"])
    def test_what_was_submitted_is_not_edited(
        self, browser: Client, company: Company, state: str
    ) -> None:
        rule = make_rule(company.owner, ("ppm", 1), state=state, written_by="operator")
        form = RULE | {"fee_ppm": "1"} | _items(kept=rule)
        assert browser.post(_page(rule), form).status_code == 403
        assert _read(rule).fee_ppm == 6_000

    def test_a_draft_that_is_submitted_meanwhile_is_not_saved(
        self, browser: Client, draft: SplitRule, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The page was allowed to be edited, and before its form was judged it was submitted."""
        form = RULE | {"fee_ppm": "1"} | _items(kept=draft)
        monkeypatch.setattr(
            "paycenter.operators.splitting.rules.SplitRuleAdmin.has_change_permission",
            lambda *_: True,
        )
        SplitRule.objects.update(state="waiting")
        page = browser.post(_page(draft), form).content.decode()
        assert "It is not a draft any more." in page
        assert _read(draft).fee_ppm == 6_000

    def test_the_next_version_is_ones_own_draft(
        self, colleague: Client, company: Company, draft: SplitRule
    ) -> None:
        _press(colleague, draft, "write_next")
        mine = SplitRule.objects.latest("pk")
        assert (mine.edition, mine.written_by, mine.state) == (
            draft.edition + 1,
            "approver",
            "draft",
        )
        assert mine.items.count() == 1


class TestDeciding:
    """Two persons."""

    def test_the_way_of_a_rule(self, browser: Client, colleague: Client, draft: SplitRule) -> None:
        assert "waits for somebody else" in _press(browser, draft, "submit")
        waiting = _read(draft)
        assert waiting.state == "waiting"
        assert "10%" in read(colleague, _button(draft, "approve"))
        assert "It is done as you decided." in _press(colleague, waiting, "approve")
        approved = _read(draft)
        assert (approved.state, approved.decided_by) == ("approved", "approver")
        page = read(browser, _page(draft))
        assert "checked" in page
        assert "in effect" in page
        _press(browser, approved, "retire")
        assert _read(draft).state == "retired"
        assert [move.actor for move in Move.objects.filter(subject="splitrule")] == [
            "operator",
            "approver",
            "operator",
        ]
        assert deeds().count() == 3

    @pytest.mark.parametrize("name", ["approve", "refuse"])
    def test_its_author_is_not_asked(self, browser: Client, waiting: SplitRule, name: str) -> None:
        assert _button(waiting, name) not in read(browser, _page(waiting))
        given = {"version": "0", "note": "mine"}
        assert browser.post(_button(waiting, name), given).status_code == 403
        assert _read(waiting).state == "waiting"

    def test_a_refusal_says_why(self, colleague: Client, waiting: SplitRule) -> None:
        assert "This field is required." in _press(colleague, waiting, "refuse", note="")
        _press(colleague, waiting, "refuse", note="too much")
        assert _read(waiting).state == "refused"
        assert Move.objects.get(subject="splitrule").note == "too much"

    def test_what_cannot_be_approved_any_more_says_why(
        self, colleague: Client, waiting: SplitRule
    ) -> None:
        ChannelMerchant.objects.update(max_split_ppm=50_000)
        page = _press(colleague, waiting, "approve")
        assert "50000 may be split" in page
        assert _read(waiting).state == "waiting"

    @pytest.mark.parametrize("name", ["submit", "approve", "retire"])
    def test_what_changed_since_it_was_seen_stays(
        self, browser: Client, colleague: Client, draft: SplitRule, name: str
    ) -> None:
        state = {"submit": "draft", "approve": "waiting", "retire": "approved"}[name]
        SplitRule.objects.update(state=state, version=1, decided_by="approver")
        who = colleague if name == "approve" else browser
        assert "Something changed meanwhile" in _press(who, draft, name)
        assert _read(draft).state == state

    def test_who_only_reads_does_nothing(self, client: Client, waiting: SplitRule) -> None:
        clerk = User.objects.create(username="clerk", is_staff=True)
        clerk.user_permissions.add(Permission.objects.get(codename="view_splitrule"))
        client.force_login(clerk)
        assert client.get(_page(waiting)).status_code == 200
        for name in ("submit", "approve", "refuse", "retire", "write_next"):
            assert client.post(_button(waiting, name), {"seen": "0"}).status_code == 403
        assert _read(waiting).state == "waiting"


class TestTryingOut:
    """The simulator on a rule's page."""

    @pytest.mark.parametrize("state", ["draft", "waiting", "approved", "retired"])
    def test_an_amount_is_shown_divided(
        self, browser: Client, company: Company, state: str
    ) -> None:
        rule = make_rule(company.owner, ("ppm", 100_000), ("fixed", 150), state=state)
        page = read(browser, f"{_page(rule)}?amount=128.55")
        for text in ("12.85", "1.50", "114.20"):
            assert f">{text}</td>" in page

    def test_an_amount_that_is_too_small_says_so(self, browser: Client, company: Company) -> None:
        rule = make_rule(company.owner, ("fixed", 150))
        page = read(browser, f"{_page(rule)}?amount=1")
        assert "Such a payment is not split" in page
        assert ">1.00</td>" in page

    @pytest.mark.parametrize("amount", ["", "x", "0", "1e2", "1.001"])
    def test_what_is_no_amount_is_refused(
        self, browser: Client, company: Company, amount: str
    ) -> None:
        rule = make_rule(company.owner, ("fixed", 150))
        page = read(browser, f"{_page(rule)}?amount={amount}")
        assert "errorlist" in page
        assert "</td>" not in page[page.index('id="simulator"') :]


class TestList:
    """All versions, newest first."""

    def test_it_costs_the_same_however_many_there_are(
        self, browser: Client, waiting: SplitRule
    ) -> None:
        few = cost(browser, LIST)
        for _ in range(3):
            make_rule(make_channel_merchant(), ("ppm", 1))
        assert (few, cost(browser, LIST)) == (OF_A_COUNTED_LIST, OF_A_COUNTED_LIST)

    def test_it_says_which_is_in_effect(self, browser: Client, company: Company) -> None:
        for _ in range(2):
            make_rule(company.owner, ("ppm", 1))
        assert read(browser, LIST).count('pc-good">in effect<') == 1


def test_how_much_may_be_split_is_entered_where_the_channel_splits(
    browser: Client, company: Company
) -> None:
    field = 'name="max_split_ppm"'
    assert field in read(browser, address(ChannelMerchant, "change", company.owner.pk))
    other = make_channel_merchant(company.merchant, channel="easypay")
    assert field not in read(browser, address(ChannelMerchant, "change", other.pk))
