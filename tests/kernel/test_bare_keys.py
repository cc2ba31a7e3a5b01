"""Bare base64 of whatever key becomes PEM; everything else stays what it was."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from paycenter.kernel.bare_keys import framed

KEY = generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key()
PRIVATE_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_PEM = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def bare(der: bytes) -> str:
    return base64.b64encode(der).decode()


def certificate(key: RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([])
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
    )


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_private_key_of_either_form_becomes_pkcs8(form: PrivateFormat) -> None:
    der = KEY.private_bytes(Encoding.DER, form, NoEncryption())
    assert framed(bare(der)) == PRIVATE_PEM.strip()


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_public_key_of_either_form_becomes_one(form: PublicFormat) -> None:
    assert framed(bare(PUBLIC.public_bytes(Encoding.DER, form))) == PUBLIC_PEM.strip()


def test_certificate_becomes_pem() -> None:
    found = certificate(KEY)
    pem = found.public_bytes(Encoding.PEM).decode()
    assert framed(bare(found.public_bytes(Encoding.DER))) == pem.strip()


def test_line_breaks_and_blanks_do_not_matter() -> None:
    lines = "\r\n ".join(PUBLIC_PEM.splitlines()[1:-1])
    assert framed(f"  {lines}\n") == PUBLIC_PEM.strip()


@pytest.mark.parametrize("text", [PRIVATE_PEM, PUBLIC_PEM])
def test_pem_stays_as_it_is(text: str) -> None:
    assert framed(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    ["", "   ", "nonsense", "AAAA", "钥匙", "@@@@", pytest.param(PUBLIC_PEM[40:90], id="cut")],
)
def test_what_is_no_key_is_left_to_be_refused(text: str) -> None:
    assert framed(text) == text.strip()
