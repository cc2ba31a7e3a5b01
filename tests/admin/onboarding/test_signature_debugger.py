"""The signature debugger agrees with the door, names the first difference, and shows no secret."""

import base64
import re
import secrets
import time
from typing import Any

import pytest
from django.test import Client

from merchants.keys import issue_key, revoke_key
from merchants.models import Application, Role, UsedNonce
from merchants.signed_requests import signature, string_to_sign
from paycenter.operators.onboarding.signature_check import compare
from tests.admin.pages import address, read
from tests.admin.roles.conftest import SignIn
from tests.admin.rows import Company
from tests.support.signing import SigningClient

TARGET = "/api/v1/payment-accounts?merchant_id=M1"
BODY = '{"amount":1,\n"subject":"物业费"}'


@pytest.fixture
def browser(browser: Client) -> Client:
    """The operator reads English."""
    browser.cookies["django_language"] = "en"
    return browser


def debugger(application: Application) -> str:
    """Return the address of the debugger of an application."""
    change = address(Application, "change", application.pk)
    return change.replace("/change/", "/check-signature/")


def parts(**changes: str) -> dict[str, str]:
    """Return the parts of a request."""
    facts = {"method": "POST", "target": TARGET, "body": BODY}
    return facts | {"timestamp": "1760000000", "nonce": "d" * 16} | changes


def text_of(given: dict[str, str]) -> str:
    """Return the string that the contract says is signed."""
    wire = {name: given[name] for name in ("timestamp", "nonce", "method", "target")}
    return string_to_sign(**wire, body=given["body"].encode()).decode()


def signed(secret: str, text: str) -> str:
    """Return the signature of a text."""
    return base64.b64encode(signature(secret, text.encode())).decode()


def ask(browser: Client, company: Company, **fields: str) -> str:
    """Fill the form as a browser does: its text areas end lines with both characters."""
    sent = {name: value.replace("\n", "\r\n") for name, value in fields.items()}
    answer = browser.post(debugger(company.application), sent)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_signature_that_fits_is_named_with_its_key(browser: Client, company: Company) -> None:
    given = parts()
    page = ask(browser, company, **given, signature=signed(company.secrets[0], text_of(given)))
    key = company.application.keys.get()
    assert f"The signature fits the key {key.key_id}." in page
    assert all(line in page for line in text_of(given).splitlines())
    assert not UsedNonce.objects.filter(nonce=given["nonce"]).exists(), "it is not spent"


def test_the_second_key_is_found_and_a_revoked_one_is_said_to_be(
    browser: Client, company: Company
) -> None:
    key, secret = issue_key(company.application)
    given = parts()
    fields = given | {"signature": signed(secret, text_of(given))}
    assert f"The signature fits the key {key.key_id}." in ask(browser, company, **fields)
    revoke_key(key)
    assert f"fits the key {key.key_id}, which is revoked" in ask(browser, company, **fields)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"target": TARGET + "&"},
        {"timestamp": "1760000001"},
        {"nonce": "m" * 16},
        {"body": BODY + " "},
        {"body": ""},
    ],
    ids=str,
)
def test_every_part_counts(browser: Client, company: Company, change: dict[str, str]) -> None:
    made = signed(company.secrets[0], text_of(parts()))
    page = ask(browser, company, **parts(**change), signature=made)
    assert "The signature fits no key of this application." in page


def test_the_first_difference_is_marked_and_the_key_behind_it_named(
    browser: Client, company: Company
) -> None:
    mine = text_of(parts()).replace("POST\n", "post\n")
    made = signed(company.secrets[0], mine)
    page = ask(browser, company, **parts(), signature=made, received=mine)
    key = company.application.keys.get()
    assert f"The key {key.key_id} signed your string, but the center expects another one." in page
    (marked,) = re.findall(r'<tr class="pc-differs">(.*?)</tr>', page, re.DOTALL)
    assert "<code>POST↵</code>" in marked
    assert "<code>post↵</code>" in marked
    assert "at character 1 of its line" in page


def test_a_right_string_with_a_wrong_secret_is_told_so(browser: Client, company: Company) -> None:
    text = text_of(parts())
    page = ask(browser, company, **parts(), signature=signed("wrong", text), received=text)
    assert "Your string is right, so it is the key" in page
    assert "pc-differs" not in page


def test_a_missing_last_line_feed_is_a_difference() -> None:
    lines = compare("a\nb\n", "a\nb")
    assert [line.is_first_difference for line in lines] == [False, True]
    assert lines[1].column == 2


@pytest.mark.parametrize(
    ("expected", "received", "marked", "column"),
    [("a\nb\n", "a\n", 1, 1), ("a\n", "a\nb\n", 1, 1), ("ab\n", "ac\n", 0, 2), ("a\n", "", 0, 1)],
)
def test_only_the_first_difference_is_marked(
    expected: str, received: str, marked: int, column: int
) -> None:
    lines = compare(expected, received)
    assert [at for at, line in enumerate(lines) if line.is_first_difference] == [marked]
    assert lines[marked].column == column


def test_no_secret_is_shown(browser: Client, company: Company) -> None:
    given = parts()
    page = ask(browser, company, **given, signature=signed(company.secrets[0], text_of(given)))
    assert company.secrets[0] not in page
    wrong = signed("wrong", text_of(given))
    page = ask(browser, company, **given, signature=wrong)
    assert company.secrets[0] not in page
    assert signed(company.secrets[0], text_of(given)) not in page, "nor what it would sign"


def test_debugger_agrees_with_the_door(browser: Client, company: Company) -> None:
    key = company.application.keys.get()
    client = SigningClient(key.key_id, company.secrets[0])
    path, nonce, at = "/api/v1/payment-accounts", secrets.token_hex(16), str(int(time.time()))
    headers = client.headers("GET", path, b"", nonce=nonce, timestamp=at)
    fields: dict[str, Any] = {"method": "GET", "target": path, "timestamp": at, "nonce": nonce}
    fields |= {"body": "", "signature": headers["X-Pc-Signature"]}
    assert f"fits the key {key.key_id}." in ask(browser, company, **fields)
    assert client.send("GET", path, b"", nonce=nonce, timestamp=at).status == 200


@pytest.mark.parametrize("given", ["@@@", "AAAA", "签名", "deadbeef" * 8])
def test_what_is_no_signature_fits_nothing(browser: Client, company: Company, given: str) -> None:
    assert "fits no key" in ask(browser, company, **parts(), signature=given)


def test_it_is_for_developers_of_the_application(
    own: Company, foreign: Company, sign_in: SignIn
) -> None:
    browser = sign_in(Role.DEVELOPER, application=own.application)
    assert debugger(own.application) in read(
        browser, address(Application, "change", own.application.pk)
    )
    assert read(browser, debugger(own.application))
    for answer in (
        browser.get(debugger(foreign.application)),
        browser.post(debugger(foreign.application), parts(signature="AAAA")),
    ):
        assert answer.status_code == 404


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.AUDITOR, Role.CASHIER])
def test_it_is_not_for_others(role: Role, own: Company, sign_in: SignIn) -> None:
    browser = sign_in(role, merchant=own.merchant)
    assert browser.get(debugger(own.application)).status_code == 403
    assert browser.post(debugger(own.application), parts(signature="AAAA")).status_code == 403
