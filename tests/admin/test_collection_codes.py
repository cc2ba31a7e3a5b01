"""Collection codes: entered with care, fixed once somebody used one, printed to be hung up."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from merchants.models import Grant, PaymentAccount
from tests.admin.pages import address, payees_like, read
from tests.admin.rows import Company, make_checkout, make_code, make_company
from tests.admin.test_statement_counts import cost
from transactions.models import CollectionCode

XSS = "<script>alert('x')</script>"


def form(company: Company, **changes: object) -> dict[str, object]:
    """Return what the form of a new code sends."""
    fields = {
        "payee": f"{company.merchant.pk}:{company.application.pk}",
        "project": company.project.pk,
        "place": "前台",
        "subject": "临时停车费",
        "amount": "",
        "room": "",
        "fee_type": "",
    }
    return fields | changes


def add(browser: Client, fields: dict[str, object]) -> str:
    """Send the form of a new code; returns the page that answers."""
    return browser.post(address(CollectionCode, "add"), fields, follow=True).content.decode()


def poster(code: CollectionCode) -> str:
    """Return the address of a code's poster."""
    return address(CollectionCode, "change", code.pk).replace("/change/", "/poster/")


@pytest.fixture
def english(browser: Client) -> Client:
    """The operator's browser, in English."""
    browser.cookies["django_language"] = "en"
    return browser


def test_code_is_made_for_a_company_and_its_application(browser: Client, company: Company) -> None:
    add(browser, form(company, amount="88.00", room="3-1-502"))
    code = CollectionCode.objects.get()
    assert (code.merchant, code.application) == (company.merchant, company.application)
    assert (code.project, code.amount, code.room) == (company.project, 8_800, "3-1-502")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", code.token)


def test_only_applications_with_a_grant_of_the_company_are_offered(
    browser: Client, company: Company
) -> None:
    other, ungranted = make_company(), make_company()
    Grant.objects.filter(application=ungranted.application).delete()
    pairs = [f"{one.merchant.pk}:{one.application.pk}" for one in (company, other)]
    assert sorted(payees_like(browser)) == sorted(pairs)
    crossed = f"{company.merchant.pk}:{other.application.pk}"
    for value in (crossed, f"{ungranted.merchant.pk}:{ungranted.application.pk}", "1:", "x", ""):
        add(browser, form(company, payee=value))
    assert not CollectionCode.objects.exists()


@pytest.mark.parametrize("what", ["company", "application"])
def test_who_is_switched_off_is_not_offered(browser: Client, company: Company, what: str) -> None:
    row = {"company": company.merchant, "application": company.application}[what]
    type(row).objects.update(is_active=False)  # type: ignore[attr-defined]
    assert payees_like(browser) == []


@pytest.mark.parametrize("off", [{"is_active": False}, {"checkout_weight": 0}])
def test_through_what_nothing_can_be_paid_no_code_is_made(
    browser: Client, company: Company, off: dict[str, object]
) -> None:
    code = make_code(company)
    PaymentAccount.objects.update(**off)
    assert payees_like(browser) == []
    add(browser, form(company))
    assert CollectionCode.objects.get() == code
    fields = form(company, subject="x", is_active="on")
    del fields["payee"]
    browser.post(address(CollectionCode, "change", code.pk), fields)
    code.refresh_from_db()
    assert code.subject != "x"
    del fields["is_active"]
    browser.post(address(CollectionCode, "change", code.pk), fields)
    code.refresh_from_db()
    assert (code.subject, code.is_active) == ("x", False), "it may still be switched off"


def test_companies_are_found_by_either_name_and_never_all_at_once(
    browser: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [make_company() for _ in range(3)]
    wanted = f"{others[1].merchant.pk}:{others[1].application.pk}"
    assert payees_like(browser, others[1].merchant.name) == [wanted]
    assert payees_like(browser, f" {others[1].application.name} ") == [wanted]
    assert payees_like(browser, "无此公司") == []
    monkeypatch.setattr("paycenter.operators.desk.payees.AT_MOST", 2)
    for text in ("", "\x00", "x" * 100):
        assert len(payees_like(browser, text)) == 2
    page = read(browser, address(CollectionCode, "add"))
    assert not [one for one in others if one.merchant.name in page]


def test_finding_companies_is_one_statement(browser: Client, company: Company) -> None:
    url = reverse("payee-choices")
    make_company()
    assert cost(browser, url) == 1


def test_project_is_one_of_the_company(browser: Client, company: Company) -> None:
    page = add(browser, form(company, project=make_company().project.pk))
    assert "该项目属于另一家公司" in page or "another company" in page
    assert not CollectionCode.objects.exists()


@pytest.mark.parametrize("amount", ["0", "1e2", "１", "-5", "100000000.01", "60"])
def test_fixed_amount_is_one_that_an_account_takes(
    browser: Client, company: Company, amount: str
) -> None:
    PaymentAccount.objects.update(max_amount=5_000)
    add(browser, form(company, amount=amount))
    assert not CollectionCode.objects.exists()


@pytest.mark.parametrize("field", ["place", "subject", "room", "fee_type"])
def test_what_is_printed_and_sent_can_be_read(
    browser: Client, company: Company, field: str
) -> None:
    add(browser, form(company, **{field: "a\u202eb"}))
    assert not CollectionCode.objects.exists()


def test_unused_code_may_be_changed_but_for_whom_it_collects(
    browser: Client, company: Company
) -> None:
    code, other = make_code(company), make_company()
    url = address(CollectionCode, "change", code.pk)
    fields = form(other, subject="门禁卡押金", amount="20", is_active="on", project="")
    browser.post(url, fields)
    code.refresh_from_db()
    assert (code.subject, code.amount, code.is_active) == ("门禁卡押金", 2_000, True)
    assert (code.merchant, code.application) == (company.merchant, company.application)
    del fields["payee"]  # as a browser sends it
    browser.post(url, fields | {"amount": "30"})
    code.refresh_from_db()
    assert code.amount == 3_000


def test_used_code_is_fixed_but_may_be_moved_and_switched_off(
    browser: Client, company: Company
) -> None:
    code = make_checkout(company).collection_code
    assert code is not None
    before = (code.subject, code.amount, code.room, code.fee_type, code.project)
    fields = form(company, place="二号窗口", subject="x", amount="1", room="x", fee_type="x")
    del fields["payee"]
    browser.post(address(CollectionCode, "change", code.pk), fields | {"project": ""})
    code.refresh_from_db()
    assert (code.subject, code.amount, code.room, code.fee_type, code.project) == before
    assert (code.place, code.is_active) == ("二号窗口", False)


def test_page_of_a_code_shows_it_drawn_and_its_address(browser: Client, company: Company) -> None:
    code = make_code(company)
    page = read(browser, address(CollectionCode, "change", code.pk))
    assert "<svg" in page
    assert f"/collect/{code.token}/" in page


def test_poster_says_who_where_what_and_how_much(english: Client, company: Company) -> None:
    fixed = read(english, poster(make_code(company, amount=8_800, room="3-1-502")))
    for text in ("阳光物业", "阳光花园", "前台", "临时停车费", "¥88.00", "3-1-502", "<svg"):
        assert text in fixed
    assert "Enter the amount" in read(english, poster(make_code(company)))


def test_poster_is_printed_in_either_language(english: Client, company: Company) -> None:
    url = poster(make_code(company))
    assert '<html lang="zh-hans">' in read(english, f"{url}?in=zh-hans")
    assert '<html lang="en">' in read(english, f"{url}?in=xx")
    assert '<html lang="en">' in read(english, url)


def test_poster_shows_texts_as_text_and_loads_nothing_from_outside(
    english: Client, company: Company
) -> None:
    page = read(english, poster(make_code(company, place=XSS, subject=XSS, room=XSS)))
    assert XSS not in page
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)


def test_code_is_never_deleted(browser: Client, company: Company) -> None:
    code = make_code(company)
    url = address(CollectionCode, "delete", code.pk)
    assert browser.post(url, {"post": "yes"}).status_code == 403


def test_poster_is_for_those_who_may_see_codes(client: Client, company: Company) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    client.force_login(clerk)
    url = poster(make_code(company))
    assert client.get(url).status_code == 403
    clerk.user_permissions.set(Permission.objects.filter(codename="view_collectioncode"))
    client.force_login(clerk)
    assert client.get(url).status_code == 200
