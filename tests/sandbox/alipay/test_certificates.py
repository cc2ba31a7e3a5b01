"""Certificate mode: what requests must name, what answers name, and how certificates change."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509

from gateway.sandbox.alipay.serials import certificate_sn, root_certificate_sn
from gateway.sandbox.keys import certificate_public_key_pem
from tests.sandbox.alipay.merchant import Merchant, verifies
from tests.sandbox.process import Sandbox


@pytest.fixture
def certified(sandbox: Sandbox) -> Merchant:
    """The app in certificate mode."""
    alipay = sandbox.identity.alipay
    holder = alipay.certificate_merchant
    return Merchant(
        sandbox.url,
        holder,
        app_cert_sn=certificate_sn(holder.app_certificate_pem),
        alipay_root_cert_sn=root_certificate_sn(alipay.root_certificates_pem),
    )


@pytest.fixture
def newcomer(sandbox: Sandbox) -> Merchant:
    """Another app in that mode, whose certificates may change without harm to other tests."""
    credentials = sandbox.control("alipay/merchants", {"key_mode": "certificate"})
    known = sandbox.identity.alipay.certificate_merchant
    own = {name: value for name, value in credentials.items() if hasattr(known, name)}
    holder = replace(known, **own)
    return Merchant(
        sandbox.url,
        holder,
        app_cert_sn=certificate_sn(holder.app_certificate_pem),
        alipay_root_cert_sn=root_certificate_sn(credentials["root_certificates_pem"]),
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"app_cert_sn": None}, "40001:isv.missing-app-cert-sn"),
        ({"alipay_root_cert_sn": None}, "40001:isv.missing-alipay-root-cert-sn"),
        ({"app_cert_sn": "0" * 32}, "40002:isv.invalid-app-cert-sn"),
        ({"alipay_root_cert_sn": "0" * 32}, "40002:isv.invalid-alipay-root-cert-sn"),
    ],
)
def test_request_must_name_both_certificates(
    certified: Merchant, changes: dict[str, Any], code: str
) -> None:
    answer = certified.call("query", {"out_trade_no": "NONE"}, **changes)

    assert (answer.code, answer.is_signed) == (code, True)


def test_answer_names_its_certificate_before_the_signature(certified: Merchant) -> None:
    answer = certified.query("NONE")

    assert list(answer.envelope) == ["alipay_trade_query_response", "alipay_cert_sn", "sign"]
    serial = certificate_sn(certified.holder.alipay_certificate_pem)
    assert (answer.envelope["alipay_cert_sn"], answer.is_signed) == (serial, True)


def test_answer_in_public_key_mode_names_none(merchant: Merchant) -> None:
    assert "alipay_cert_sn" not in merchant.query("NONE").envelope


def test_certificates_are_issued_by_the_root_that_counts(
    certified: Merchant, sandbox: Sandbox
) -> None:
    pem = sandbox.identity.alipay.root_certificates_pem.encode()
    _, root = x509.load_pem_x509_certificates(pem)

    for text in (certified.holder.app_certificate_pem, certified.holder.alipay_certificate_pem):
        x509.load_pem_x509_certificate(text.encode()).verify_directly_issued_by(root)


def _downloaded(certified: Merchant, serial: str) -> str:
    answer = certified.call("alipay.open.app.alipaycert.download", {"alipay_cert_sn": serial})
    return base64.b64decode(answer.node["alipay_cert_content"]).decode()


def test_renewed_certificate_is_downloaded_by_its_serial(
    newcomer: Merchant, sandbox: Sandbox
) -> None:
    before = newcomer.query("NONE").envelope["alipay_cert_sn"]
    renewed = sandbox.control("alipay/certificates/renew", {"app_id": newcomer.holder.app_id})

    answer = newcomer.query("NONE")
    serial = answer.envelope["alipay_cert_sn"]
    assert (serial, serial != before) == (renewed["alipay_cert_sn"], True)
    assert not answer.is_signed  # by the key of before

    certificate = _downloaded(newcomer, serial)
    assert verifies(
        certificate_public_key_pem(certificate), answer.raw_node, answer.envelope["sign"]
    )
    assert certificate_sn(_downloaded(newcomer, before)) == before


def test_stale_certificate_signs_with_the_same_key(certified: Merchant, sandbox: Sandbox) -> None:
    sandbox.fault("query", "stale_certificate", channel="alipay")

    answer = certified.query("NONE")

    assert answer.is_signed
    certificate = _downloaded(certified, answer.envelope["alipay_cert_sn"])
    ended = x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
    assert ended < datetime.now(UTC)


def test_unknown_certificate_cannot_be_downloaded(certified: Merchant) -> None:
    answer = certified.call("alipay.open.app.alipaycert.download", {"alipay_cert_sn": "0" * 32})

    assert answer.code == "40004:ACQ.INVALID_PARAMETER"
