"""Keys of channel merchants go in and never come out."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gateway.registry import CHANNELS
from merchants.models import ChannelMerchant, StoredCredential
from tests.admin.pages import address, read
from tests.admin.rows import Company

APIV3_KEY = "0123456789abcdefghijABCDEFGHIJ99"
FROM = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """A merchant's private key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: rsa.RSAPrivateKey, password: bytes = b"") -> str:
    """Write a private key as PEM."""
    protection = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection).decode()


def certificate_of(key: rsa.RSAPrivateKey) -> str:
    """Write a certificate with serial 0xABC as PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0xABC)
        .not_valid_before(FROM)
        .not_valid_after(FROM + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


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
    company.owner.refresh_from_db()
    before = company.owner.credentials_version
    enter(browser, company.owner, text=APIV3_KEY)
    company.owner.refresh_from_db()
    assert company.owner.credentials_version == before + 1


def test_a_certificate_says_its_serial_and_validity_itself(
    browser: Client, company: Company, key: rsa.RSAPrivateKey
) -> None:
    upload = SimpleUploadedFile("cert.pem", certificate_of(key).encode())
    enter(browser, company.owner, kind="platform_certificate", file=upload)
    row = newest(company.owner)
    assert (row.identifier, row.not_before) == ("ABC", FROM)
    assert row.not_after == FROM + timedelta(days=365)
    assert "2027-01-01" in read(browser, address(ChannelMerchant, "change", company.owner.pk))


def test_keys_are_taken_as_pem(browser: Client, company: Company, key: rsa.RSAPrivateKey) -> None:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for kind, text in (
        ("merchant_private_key", pem_of(key)),
        ("wechat_public_key", public.decode()),
    ):
        enter(browser, company.owner, kind=kind, identifier="41CE", text=text)
        row = newest(company.owner)
        assert (row.kind, row.identifier) == (kind, "41CE")
        assert row.unseal("sealed_value") == text.strip()


def test_what_cannot_be_read_is_refused_and_not_echoed(
    browser: Client, company: Company, key: rsa.RSAPrivateKey
) -> None:
    broken = pem_of(key).replace("A", "B")
    for text in (broken, pem_of(key, b"password"), certificate_of(key).replace("M", "N")):
        page = enter(browser, company.owner, kind="merchant_private_key", text=text)
        assert "无法读取密钥或证书" in page
        assert text[40:80] not in page
    assert company.owner.credentials.count() == 1


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


def test_an_account_is_checked_before_it_is_used(browser: Client, company: Company) -> None:
    url = address(type(company.account), "change", company.account.pk)
    page = browser.get(url.replace("/change/", "/check_account/"), follow=True).content.decode()
    assert "暂时无法使用：" in page
    assert "SANDBOX_URL" in page or "缺少商户 API 私钥" in page
