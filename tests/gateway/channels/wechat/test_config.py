"""Which accounts can work, and that keys are loaded once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.channels.wechat import config
from gateway.channels.wechat.config import AccountKeys, KeyCache, check, load_keys
from gateway.contract import ConfigurationError
from gateway.messages import ChannelAccount
from paycenter.kernel.credential import Credential
from tests.gateway.channels.wechat.peer import (
    CERTIFICATE,
    CERTIFICATE_SERIAL,
    MERCHANT_KEY,
    PUBLIC_KEY,
    PUBLIC_KEY_ID,
    SEAL_KEY,
    account,
    partner_account,
)


def complaint(*credentials: Credential, **changes: str) -> str:
    given = {"credentials": credentials} if credentials else {}
    with pytest.raises(ConfigurationError) as caught:
        check(account(**given, **changes))
    return str(caught.value)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


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
        small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
        for key in (small, ec.generate_private_key(ec.SECP256R1())):
            broken = replace(MERCHANT_KEY, value=pem(key))
            assert "RSA-2048" in complaint(broken, SEAL_KEY, PUBLIC_KEY)

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
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        text = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()
        assert "RSA" in complaint(MERCHANT_KEY, SEAL_KEY, replace(PUBLIC_KEY, value=text))


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


class TestKeyCache:
    @pytest.fixture
    def loads(self) -> Iterator[list[int]]:
        """Count the loads by version, without parsing anything."""
        seen: list[int] = []
        real = load_keys(account())

        def load(wanted: ChannelAccount) -> AccountKeys:
            seen.append(wanted.version)
            return real

        with patch.object(config, "load_keys", load):
            yield seen

    def test_keys_are_loaded_once_per_version(self, loads: list[int]) -> None:
        cache = KeyCache(4)
        for version in (1, 1, 2, 1, 2):
            cache.get(account(version=version))
        assert loads == [1, 2]

    def test_same_version_of_another_merchant_is_loaded_for_itself(self, loads: list[int]) -> None:
        cache = KeyCache(4)
        cache.get(account(channel_merchant_id=1))
        cache.get(account(channel_merchant_id=2))
        assert len(loads) == 2

    def test_least_recently_used_keys_go_first(self, loads: list[int]) -> None:
        cache = KeyCache(2)
        for version in (1, 2, 1, 3, 1, 2):
            cache.get(account(version=version))
        assert loads == [1, 2, 3, 2]

    def test_threads_share_the_cache_safely(self, loads: list[int]) -> None:
        cache = KeyCache(3)
        wanted = [account(version=version) for version in range(8)]
        failures: list[BaseException] = []

        def work() -> None:
            try:
                for _ in range(200):
                    for item in wanted:
                        cache.get(item)
            except BaseException as error:  # noqa: BLE001
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(cache) <= 3

    def test_account_that_cannot_work_is_not_remembered(self) -> None:
        cache = KeyCache(2)
        broken = account(credentials=(SEAL_KEY, PUBLIC_KEY))
        for _ in range(2):
            with pytest.raises(ConfigurationError):
                cache.get(broken)
        assert len(cache) == 0
