"""Which accounts can work, and that keys are loaded once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.channels.wechat import config
from gateway.channels.wechat.config import check, load_keys
from gateway.contract import ConfigurationError, NothingToVerifyWith
from paycenter.kernel.credential import Credential
from tests.gateway.channels.wechat.peer import (
    APP_SECRET,
    CERTIFICATE,
    CERTIFICATE_SERIAL,
    MERCHANT_KEY,
    PUBLIC_KEY,
    PUBLIC_KEY_ID,
    SEAL_KEY,
    account,
    partner_account,
)
from tests.support.pem import certificate_pem, private_pem, public_pem, rsa_key

OWN_KEY = Credential("merchant_private_key", "0ABC", private_pem(rsa_key()))


def own_certificate(key: str = "", *, serial: str = "ABC", days: int = 365) -> Credential:
    """Return the certificate of ``OWN_KEY``, or of another key."""
    text = certificate_pem(rsa_key(key), days=days)
    return Credential("merchant_certificate", serial, text)


def complaint(*credentials: Credential, **changes: str) -> str:
    given = {"credentials": credentials} if credentials else {}
    with pytest.raises(ConfigurationError) as caught:
        check(account(**given, **changes))
    return str(caught.value)


class TestCheck:
    @pytest.mark.parametrize("verifying", [[PUBLIC_KEY], [CERTIFICATE], [PUBLIC_KEY, CERTIFICATE]])
    def test_either_key_mode_and_both_at_once_work(self, verifying: list[Credential]) -> None:
        check(account(credentials=(MERCHANT_KEY, SEAL_KEY, *verifying)))

    def test_sub_merchant_without_its_own_app_works(self) -> None:
        check(partner_account())

    def test_account_without_a_key_to_verify_with_cannot_work(self) -> None:
        assert "neither" in complaint(MERCHANT_KEY, SEAL_KEY)

    @pytest.mark.parametrize(
        "changes",
        [
            {"mchid": ""},
            {"mchid": "19000001o9"},
            {"mchid": "１９０００００１０９"},
            {"appid": ""},
            {"appid": "wx 1"},
            {"mini_program_appid": "wx/1"},
            {"provider_mchid": "x", "provider_appid": "wx1"},
            {"provider_mchid": "1230000109"},
        ],
    )
    def test_missing_or_malformed_number_cannot_work(self, changes: dict[str, str]) -> None:
        assert complaint(**changes)

    @pytest.mark.parametrize("value", ["", " " * 32, "x" * 31, "x" * 33, "é" * 16, "x" * 31 + "\n"])
    def test_apiv3_key_is_32_letters_and_digits(self, value: str) -> None:
        broken = replace(SEAL_KEY, value=value)
        assert "APIv3 key" in complaint(MERCHANT_KEY, broken, PUBLIC_KEY)

    def test_merchant_key_must_be_rsa_of_2048_bits(self) -> None:
        for key in (rsa_key(bits=1024), ec.generate_private_key(ec.SECP256R1())):
            broken = replace(MERCHANT_KEY, value=private_pem(key))
            assert "RSA" in complaint(broken, SEAL_KEY, PUBLIC_KEY)

    @pytest.mark.parametrize("serial", ["", " ", "serial", "5A1C" * 11])
    def test_merchant_certificate_serial_is_hexadecimal(self, serial: str) -> None:
        broken = replace(MERCHANT_KEY, identifier=serial)
        assert "serial" in complaint(broken, SEAL_KEY, PUBLIC_KEY)

    def test_certificate_under_another_serial_is_refused(self) -> None:
        foreign = replace(CERTIFICATE, identifier="4A1C0FFEE0DDBA115EED00000000000000000002")
        assert "another serial" in complaint(MERCHANT_KEY, SEAL_KEY, foreign)

    def test_public_key_needs_its_id(self) -> None:
        nameless = replace(PUBLIC_KEY, identifier="0119000001092026010100000000000001")
        assert "PUB_KEY_ID_" in complaint(MERCHANT_KEY, SEAL_KEY, nameless)

    def test_public_key_of_another_kind_is_refused(self) -> None:
        text = public_pem(ec.generate_private_key(ec.SECP256R1()))
        assert "RSA" in complaint(MERCHANT_KEY, SEAL_KEY, replace(PUBLIC_KEY, value=text))

    def test_private_key_must_belong_to_its_certificate(self) -> None:
        check(account(credentials=(OWN_KEY, own_certificate(), SEAL_KEY, PUBLIC_KEY)))
        said = complaint(OWN_KEY, own_certificate("other"), SEAL_KEY, PUBLIC_KEY)
        assert "does not belong" in said

    def test_merchant_certificate_must_be_valid_still(self) -> None:
        said = complaint(OWN_KEY, own_certificate(days=10), SEAL_KEY, PUBLIC_KEY)
        assert "expired on" in said

    def test_expired_certificate_of_an_earlier_key_does_not_matter(self) -> None:
        old = own_certificate(serial="1", days=10)
        check(account(credentials=(OWN_KEY, own_certificate(), old, SEAL_KEY, PUBLIC_KEY)))

    def test_missing_verification_key_may_be_fetched(self) -> None:
        with pytest.raises(NothingToVerifyWith):
            check(account(credentials=(MERCHANT_KEY, SEAL_KEY)))


class TestLoading:
    def test_allow_list_holds_exactly_the_configured_keys(self) -> None:
        assert set(load_keys(account()).trusted) == {PUBLIC_KEY_ID, CERTIFICATE_SERIAL}

    def test_newest_merchant_key_signs(self) -> None:
        older = replace(MERCHANT_KEY, identifier="0123")
        keys = load_keys(account(credentials=(MERCHANT_KEY, older, SEAL_KEY, PUBLIC_KEY)))
        assert keys.signer.serial == MERCHANT_KEY.identifier

    def test_loaded_keys_do_not_print(self) -> None:
        shown = repr(load_keys(account()))
        assert SEAL_KEY.value not in shown
        assert "RSAPrivateKey" not in shown


class TestReading:
    """What is uploaded is judged alone, and then beside what is stored."""

    def test_certificate_brings_serial_and_validity(self) -> None:
        for kind in (config.MERCHANT_CERTIFICATE, config.PLATFORM_CERTIFICATE):
            read = config.read_credential(kind, f"  {certificate_pem(rsa_key())}\n", "")
            assert (read.kind, read.identifier) == (kind, "ABC")
            assert read.not_before is not None
            assert read.not_after is not None
            assert (read.not_after - read.not_before).days == 365

    @pytest.mark.parametrize(
        ("since", "days", "words"),
        [(timedelta(days=9), 5, "expired on"), (timedelta(days=-3), 9, "is valid from")],
    )
    def test_certificate_must_be_valid_now(self, since: timedelta, days: int, words: str) -> None:
        text = certificate_pem(rsa_key(), since=since, days=days)
        with pytest.raises(ConfigurationError, match=words):
            config.read_credential(config.PLATFORM_CERTIFICATE, text, "")

    def test_stated_serial_must_be_the_certificates(self) -> None:
        text = certificate_pem(rsa_key())
        assert config.read_credential(config.MERCHANT_CERTIFICATE, text, "0abc").identifier == "ABC"
        with pytest.raises(ConfigurationError, match="another serial"):
            config.read_credential(config.MERCHANT_CERTIFICATE, text, "ABD")

    @pytest.mark.parametrize(
        ("kind", "text", "identifier"),
        [
            (config.MERCHANT_KEY, private_pem(rsa_key()), "no serial"),
            (config.MERCHANT_KEY, certificate_pem(rsa_key()), "ABC"),
            (config.PUBLIC_KEY, public_pem(rsa_key()), "ABC"),
            (config.PUBLIC_KEY, private_pem(rsa_key()), PUBLIC_KEY_ID),
            (config.PLATFORM_CERTIFICATE, public_pem(rsa_key()), ""),
            (config.APIV3_KEY, "too short", ""),
            (config.OFFICIAL_ACCOUNT_SECRET, "x" * 31, "wx1"),
            (config.OFFICIAL_ACCOUNT_SECRET, "x" * 33, "wx1"),
            (config.OFFICIAL_ACCOUNT_SECRET, "x" * 31 + "é", "wx1"),
            (config.OFFICIAL_ACCOUNT_SECRET, "x" * 32, ""),
            (config.OFFICIAL_ACCOUNT_SECRET, "x" * 32, "wx 1"),
            ("invented", "x", ""),
        ],
        ids=[
            *("serial", "no key", "key id", "private", "no certificate", "short"),
            *("secret too short", "secret too long", "no letter", "no app", "not an app", "kind"),
        ],
    )
    def test_wrong_upload_is_refused(self, kind: str, text: str, identifier: str) -> None:
        with pytest.raises(ConfigurationError):
            config.read_credential(kind, text, identifier)

    def test_right_upload_is_taken_as_it_is(self) -> None:
        for credential in (MERCHANT_KEY, SEAL_KEY, PUBLIC_KEY, APP_SECRET):
            read = config.read_credential(credential.kind, credential.value, credential.identifier)
            assert read == replace(credential, value=credential.value.strip())

    def test_pair_is_checked_whichever_comes_first(self) -> None:
        other = replace(OWN_KEY, value=private_pem(rsa_key("other")))
        for stored in ([other, own_certificate()], [own_certificate(), other]):
            with pytest.raises(ConfigurationError, match="does not belong"):
                config.check_pairs(stored)

    def test_what_is_missing_or_under_another_serial_is_no_contradiction(self) -> None:
        other = replace(OWN_KEY, identifier="DEF", value=private_pem(rsa_key("other")))
        mine = own_certificate()
        for stored in ([OWN_KEY], [mine], [mine, OWN_KEY, other], []):
            config.check_pairs(stored)
