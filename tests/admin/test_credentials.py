"""Keys of channel merchants go in and never come out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import localtime

from gateway.registry import CHANNELS
from merchants.credentials import decide_credential, open_credentials, store_credential
from merchants.models import ChannelMerchant, StoredCredential
from paycenter.kernel.approvals import Decision, Verdict
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential
from tests.admin.pages import address, read
from tests.admin.rows import Company
from tests.support.pem import certificate_pem, private_pem, public_pem, rsa_key

APIV3_KEY = "0123456789abcdefghijABCDEFGHIJ99"
APP_SECRET = "canary0123456789abcdef0123456789"


def form_url(owner: ChannelMerchant) -> str:
    """Return the address of the form."""
    page = address(ChannelMerchant, "change", owner.pk)
    return page.replace("/change/", "/add-credential/")


def enter(browser: Client, owner: ChannelMerchant, **fields: object) -> str:
    """Send the form; returns the page that answers."""
    data = {"kind": "apiv3_key", "identifier": "", "text": "", **fields}
    return browser.post(form_url(owner), data, follow=True).content.decode()


def newest(owner: ChannelMerchant) -> StoredCredential:
    """Return the credential stored last."""
    return owner.credentials.latest("id")


def test_a_pasted_secret_is_sealed_and_not_shown(browser: Client, company: Company) -> None:
    page = enter(browser, company.owner, text=f"  {APIV3_KEY}\r\n")
    assert "已保存" in page
    assert APIV3_KEY not in page
    row = newest(company.owner)
    assert APIV3_KEY not in row.sealed_value
    assert row.unseal("sealed_value") == APIV3_KEY


def test_workers_notice_a_new_credential(browser: Client, company: Company) -> None:
    company.owner.payment_accounts.update(is_active=False)
    company.owner.refresh_from_db()
    before = company.owner.credentials_version
    enter(browser, company.owner, text=APIV3_KEY)
    company.owner.refresh_from_db()
    assert company.owner.credentials_version == before + 1


def test_a_certificate_says_its_serial_and_validity_itself(
    browser: Client, company: Company
) -> None:
    upload = SimpleUploadedFile("cert.pem", certificate_pem(rsa_key()).encode())
    enter(browser, company.owner, kind="platform_certificate", file=upload)
    row = newest(company.owner)
    assert row.identifier == "ABC"
    assert row.not_after is not None
    assert row.not_before is not None
    assert row.not_after - row.not_before == timedelta(days=365)
    page = read(browser, address(ChannelMerchant, "change", company.owner.pk))
    assert localtime(row.not_after).strftime("%Y-%m-%d") in page
    assert "334 天后" in page


def test_keys_are_taken_as_pem(browser: Client, company: Company) -> None:
    for kind, identifier, text in (
        ("merchant_private_key", "41CE", private_pem(rsa_key())),
        ("wechat_public_key", "PUB_KEY_ID_01", public_pem(rsa_key())),
    ):
        enter(browser, company.owner, kind=kind, identifier=identifier, text=text)
        row = newest(company.owner)
        assert (row.kind, row.identifier) == (kind, identifier)
        assert row.unseal("sealed_value") == text.strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{private_pem(rsa_key())[:80]}%%%", "无法读取私钥"),
        (private_pem(rsa_key(), b"password"), "私钥带有密码"),
        (certificate_pem(rsa_key()), "不是私钥"),
        (private_pem(rsa_key(bits=1024)), "RSA 密钥为 1024 位"),
    ],
    ids=["damaged", "password", "certificate", "short"],
)
def test_what_cannot_be_used_is_refused_in_words_and_not_echoed(
    browser: Client, company: Company, text: str, words: str
) -> None:
    page = enter(browser, company.owner, kind="merchant_private_key", identifier="41CE", text=text)
    assert words in page
    assert text[40:80] not in page
    assert company.owner.credentials.count() == 1


def test_an_expired_certificate_is_refused_with_its_date(browser: Client, company: Company) -> None:
    text = certificate_pem(rsa_key(), days=10)
    page = enter(browser, company.owner, kind="platform_certificate", text=text)
    assert "证书已于 20" in page
    assert company.owner.credentials.count() == 1


def test_a_key_that_is_not_the_certificates_is_refused(browser: Client, company: Company) -> None:
    certificate = certificate_pem(rsa_key())
    enter(browser, company.owner, kind="merchant_certificate", text=certificate)
    wrong = {"kind": "merchant_private_key", "identifier": "ABC"}
    page = enter(browser, company.owner, text=private_pem(rsa_key("other")), **wrong)
    assert "私钥与商户证书 ABC 不匹配" in page
    assert company.owner.credentials.count() == 2
    enter(browser, company.owner, text=private_pem(rsa_key()), **wrong)
    assert company.owner.credentials.count() == 3


def test_what_cannot_be_read_from_a_key_must_be_entered(browser: Client, company: Company) -> None:
    page = enter(browser, company.owner, kind="merchant_private_key", text=private_pem(rsa_key()))
    assert "无法从密钥中读出" in page
    assert company.owner.credentials.count() == 1


def test_secret_of_an_official_account_goes_with_its_app_id(
    browser: Client, company: Company
) -> None:
    secret = {"kind": "official_account_secret", "text": APP_SECRET}
    assert "无法从密钥中读出" in enter(browser, company.owner, **secret)
    assert company.owner.credentials.count() == 1
    page = enter(browser, company.owner, identifier="wx5a4db0c0de260001", **secret)
    assert APP_SECRET not in page
    row = newest(company.owner)
    assert (row.kind, row.identifier) == ("official_account_secret", "wx5a4db0c0de260001")
    assert row.unseal("sealed_value") == APP_SECRET


@pytest.mark.parametrize(
    ("identifier", "text"), [("wx1", "canary-app-secret"), ("not an app id", APP_SECRET)]
)
def test_what_cannot_be_a_secret_of_an_official_account_is_refused_and_not_echoed(
    browser: Client, company: Company, identifier: str, text: str
) -> None:
    given = {"kind": "official_account_secret", "identifier": identifier, "text": text}
    assert text not in enter(browser, company.owner, **given)
    assert company.owner.credentials.count() == 1


@pytest.mark.parametrize(
    ("days", "label", "colour"),
    [
        (-1, "已过期", "bad"),
        (13.5, "13 天后", "bad"),
        (20.5, "20 天后", "care"),
        (90.5, "90 天后", "good"),
    ],
)
def test_the_list_says_how_long_each_is_valid_still(
    browser: Client, company: Company, days: float, label: str, colour: str
) -> None:
    not_after = now() + timedelta(days=days)
    store_credential(company.owner, Credential("platform_certificate", "1", "x", None, not_after))
    page = read(browser, address(StoredCredential, "changelist"))
    assert f'<span class="pc-label pc-{colour}">{label}</span>' in page


def test_what_expires_soon_is_found(browser: Client, company: Company) -> None:
    for days in (5, 45):
        kind, not_after = f"kind{days}", now() + timedelta(days=days)
        store_credential(company.owner, Credential(kind, f"NO{days}", "x", None, not_after))
    url = address(StoredCredential, "changelist")
    for within, found in (("7", {"NO5"}), ("60", {"NO5", "NO45"}), ("x", {"NO5", "NO45"})):
        page = read(browser, f"{url}?expires={within}")
        assert {number for number in ("NO5", "NO45") if number in page} == found


def test_one_of_text_and_file_is_wanted(browser: Client, company: Company) -> None:
    both = {"text": APIV3_KEY, "file": SimpleUploadedFile("k.txt", b"another")}
    for fields in ({}, {"text": "   "}, both):
        page = enter(browser, company.owner, **fields)
        assert "二选一" in page
        assert APIV3_KEY not in page
    binary = enter(browser, company.owner, file=SimpleUploadedFile("k.p12", b"\xff\xfe\x00"))
    assert "不是文本文件" in binary
    assert company.owner.credentials.count() == 1


def test_the_same_credential_is_stored_once(browser: Client, company: Company) -> None:
    enter(browser, company.owner, text=APIV3_KEY)
    assert "已经存在" in enter(browser, company.owner, text=APIV3_KEY)
    assert company.owner.credentials.count() == 2


def test_only_kinds_of_the_channel_are_offered(browser: Client, company: Company) -> None:
    page = read(browser, form_url(company.owner))
    for kind in CHANNELS["wechat"].credential_kinds:
        assert f'value="{kind.kind}"' in page
    enter(browser, company.owner, kind="invented", text=APIV3_KEY)
    assert company.owner.credentials.count() == 1


def test_a_channel_that_is_not_spoken_yet_takes_no_keys(
    browser: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(CHANNELS, "wechat")
    assert "尚未支持该渠道" in enter(browser, company.owner, text=APIV3_KEY)


def _decide(row: StoredCredential, name: str, by: str) -> int:
    client = Client()
    user = User.objects.filter(username=by).first() or User.objects.create(
        username=by, is_staff=True, is_superuser=True
    )
    client.force_login(user)
    url = address(StoredCredential, "change", row.pk).replace("/change/", f"/{name}/")
    return client.post(url, {"note": "checked", "version": row.pk}).status_code


def test_where_payments_are_taken_a_second_person_has_it_used(
    browser: Client, company: Company
) -> None:
    before = open_credentials(_owner(company))
    assert "另一人审批" in enter(browser, company.owner, text=APIV3_KEY)
    row = newest(company.owner)
    assert (row.waits, row.asked_by) == (True, "operator")
    assert open_credentials(_owner(company)) == before
    assert _decide(row, "approve", "operator") == 403
    assert open_credentials(_owner(company)) == before
    assert _decide(row, "approve", "checker") == 302
    assert APIV3_KEY in {one.value for one in open_credentials(_owner(company))}
    assert newest(company.owner).decided_by == "checker"


def test_one_that_is_refused_is_never_used(browser: Client, company: Company) -> None:
    enter(browser, company.owner, text=APIV3_KEY)
    row = newest(company.owner)
    assert _decide(row, "refuse", "checker") == 302
    assert _decide(row, "approve", "another") == 403
    assert APIV3_KEY not in {one.value for one in open_credentials(_owner(company))}


def test_who_entered_it_does_not_decide_by_the_service_either(
    browser: Client, company: Company
) -> None:
    enter(browser, company.owner, text=APIV3_KEY)
    row = newest(company.owner)
    decision = Decision(Verdict.APPROVE, "operator", "", row.pk)
    with pytest.raises(ValidationError):
        decide_credential(row.pk, decision)
    assert newest(company.owner).waits
    assert not decide_credential(row.pk, replace(decision, actor="checker", version=row.pk + 1))


def _owner(company: Company) -> ChannelMerchant:
    return ChannelMerchant.objects.get(pk=company.owner.pk)
