"""What people upload: every form Alipay's consoles hand out, and clear words for what is wrong."""

import base64
from datetime import UTC, datetime

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from gateway.channels.alipay.channel import AlipayChannel
from gateway.contract import ConfigurationError
from paycenter.kernel.credential import Credential
from tests.gateway.channels.alipay import authority, peer
from tests.gateway.channels.alipay.peer import KEYS, VECTORS, certificates

PRIVATE = "app_private_key"
PUBLIC = "alipay_public_key"
FILES = {item.kind: item.value for item in certificates().credentials}
APP, ALIPAY, ROOT = "app_certificate", "alipay_certificate", "alipay_root_certificate"


def read(kind: str, content: str) -> Credential:
    return AlipayChannel().read_credential(kind, content)


def complaint(kind: str, content: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(kind, content)
    return str(caught.value)


def bare(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


class TestKeys:
    def test_private_key_is_read_from_every_form_as_one(self) -> None:
        pkcs8 = KEYS["app_private_key_pkcs8_pem"]
        forms = [pkcs8, bare(pkcs8), KEYS["app_private_key_pkcs1_base64"], f"\n {bare(pkcs8)} \n"]
        stored = {read(PRIVATE, form) for form in forms}
        assert len(stored) == 1
        assert stored.pop().value == pkcs8.strip()

    def test_private_key_goes_by_the_name_of_its_public_half(self) -> None:
        own = read(PRIVATE, KEYS["app_private_key_pkcs8_pem"])
        assert own.identifier == read(PUBLIC, KEYS["app_public_key_base64"]).identifier
        assert own.identifier != read(PUBLIC, KEYS["alipay_public_key_base64"]).identifier

    def test_public_key_may_be_broken_into_lines(self) -> None:
        text = KEYS["alipay_public_key_base64"]
        lines = "\n".join(text[place : place + 64] for place in range(0, len(text), 64))
        assert read(PUBLIC, lines) == read(PUBLIC, text)

    @pytest.mark.parametrize(
        ("kind", "content", "said"),
        [
            (PRIVATE, KEYS["app_public_key_base64"], "not a private key"),
            (PRIVATE, FILES[APP], "not a private key"),
            (PUBLIC, KEYS["app_private_key_pkcs8_pem"], "not a public key"),
            (PUBLIC, KEYS["app_private_key_pkcs1_base64"], "not a public key"),
            (PUBLIC, FILES[ALIPAY], "not a public key"),
            (PUBLIC, bare(FILES[ALIPAY].split("-----END")[0]), "not a public key"),
            (APP, KEYS["app_public_key_base64"], "it must be PEM"),
            (ALIPAY, KEYS["app_private_key_pkcs8_pem"], "not a certificate"),
            (ROOT, KEYS["app_private_key_pkcs8_pem"], "not Alipay's root certificate file"),
            (ROOT, FILES[ALIPAY], "single certificate"),
            (APP, authority.pem(certificates().root.certificate), "root certificate"),
            (ALIPAY, authority.pem(certificates().root.certificate), "root certificate"),
            (PRIVATE, "MIIEvgIBADANBg", "cannot be read"),
        ],
    )
    def test_what_was_mixed_up_is_named(self, kind: str, content: str, said: str) -> None:
        assert said in complaint(kind, content)

    def test_short_key_is_refused(self) -> None:
        small = generate_private_key(public_exponent=65537, key_size=1024)
        assert "1024" in complaint(PRIVATE, peer.pem_of(small))

    @pytest.mark.parametrize(
        "token", ["", "short", "x" * 65, "2026 01BB01234567", "令牌令牌令牌令牌"]
    )
    def test_authorisation_has_the_form_of_one(self, token: str) -> None:
        assert complaint("app_auth_token", token)
        assert read("app_auth_token", f" {peer.TOKEN.value}\n") == peer.TOKEN


class TestCertificates:
    @pytest.mark.parametrize("kind", [APP, ALIPAY])
    def test_serial_and_validity_are_read_from_the_certificate(self, kind: str) -> None:
        found = read(kind, FILES[kind])
        assert len(found.identifier) == 32
        assert (found.not_before, found.not_after) == (authority.FIRST_DAY, authority.LAST_DAY)
        assert found.value == FILES[kind].strip()

    def test_root_file_is_named_by_the_serial_that_requests_carry(self) -> None:
        found = read(ROOT, VECTORS["cert_sn"]["root_cert_file"])
        assert found.identifier == VECTORS["cert_sn"]["root_cert_sn"]
        assert found.not_after is not None

    @pytest.mark.parametrize(
        "moment", [datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)]
    )
    def test_certificate_must_be_valid_now(self, moment: datetime) -> None:
        with time_machine.travel(moment, tick=False):
            assert complaint(APP, FILES[APP])

    def test_root_file_in_base64_is_no_file(self) -> None:
        assert complaint(ROOT, base64.b64encode(FILES[ROOT].encode()).decode())
