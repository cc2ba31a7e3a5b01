"""Which accounts can work, in which key mode, and whom they trust."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from gateway.channels.alipay.channel import AlipayChannel
from gateway.channels.alipay.config import check, load_keys
from gateway.contract import ConfigurationError, NothingToVerifyWith
from paycenter.kernel.credential import Credential
from tests.gateway.channels.alipay import authority, peer
from tests.gateway.channels.alipay.peer import (
    ALIPAY_KEY,
    APP_KEY,
    KEYS,
    TOKEN,
    account,
    certificates,
    certified_account,
    provider_account,
)

APP, ALIPAY, ROOT = certificates().credentials
OWN_PUBLIC = replace(ALIPAY_KEY, value=KEYS["app_public_key_base64"])


def complaint(*credentials: Credential, **changes: Any) -> str:
    given = {"credentials": credentials} if credentials else {}
    with pytest.raises(ConfigurationError) as caught:
        check(account(**given, **changes))
    return str(caught.value)


class TestNumbers:
    @pytest.mark.parametrize(
        "changes",
        [
            {"mchid": ""},
            {"mchid": "1088000000000001"},
            {"mchid": "208800000000000"},
            {"mchid": "２０８８0000000000０1"},
            {"appid": ""},
            {"appid": "wx0123456789"},
            {"appid": "2021 00000001"},
            {"mini_program_appid": "x"},
            {"provider_mchid": "2088000000000009"},
        ],
    )
    def test_missing_or_malformed_number_cannot_work(self, changes: dict[str, str]) -> None:
        assert complaint(**changes)

    def test_merchant_of_a_provider_works(self) -> None:
        check(provider_account())
        check(provider_account(appid=""))

    def test_provider_needs_the_merchants_authorisation(self) -> None:
        with pytest.raises(ConfigurationError, match="app_auth_token"):
            check(provider_account(credentials=(APP_KEY, ALIPAY_KEY)))

    def test_authorisation_is_not_used_without_a_provider(self) -> None:
        assert load_keys(account(credentials=(APP_KEY, ALIPAY_KEY, TOKEN))).app_auth_token == ""


class TestPublicKeyMode:
    def test_public_key_of_the_application_is_not_alipays(self) -> None:
        assert "application's own public key" in complaint(APP_KEY, OWN_PUBLIC)

    def test_own_public_key_is_refused_before_it_is_stored(self) -> None:
        with pytest.raises(ConfigurationError, match="own public key"):
            AlipayChannel().check_pairs([OWN_PUBLIC, APP_KEY])
        AlipayChannel().check_pairs([OWN_PUBLIC])

    def test_account_without_a_key_to_verify_with_cannot_work(self) -> None:
        assert "neither" in complaint(APP_KEY)

    def test_several_public_keys_are_trusted_at_once(self) -> None:
        keys = load_keys(account(credentials=(APP_KEY, ALIPAY_KEY, ALIPAY_KEY)))
        assert len(keys.trusted) == 2

    def test_loaded_keys_do_not_print(self) -> None:
        shown = repr(load_keys(provider_account()))
        assert TOKEN.value not in shown
        assert "RSAPrivateKey" not in shown


class TestCertificateMode:
    def test_all_three_files_make_the_mode(self) -> None:
        keys = load_keys(certified_account())
        assert keys.certified is not None
        assert list(keys.trusted) == [certificates().pen.serial]

    @pytest.mark.parametrize("missing", [APP, ALIPAY, ROOT], ids=["app", "alipay", "root"])
    def test_missing_file_is_named_unless_a_public_key_does(self, missing: Credential) -> None:
        rest = [item for item in (APP, ALIPAY, ROOT) if item is not missing]
        assert "missing" in complaint(APP_KEY, *rest)
        keys = load_keys(account(credentials=(APP_KEY, ALIPAY_KEY, *rest)))
        assert keys.certified is None

    def test_public_key_beside_the_files_stays_trusted(self) -> None:
        keys = load_keys(account(credentials=(APP_KEY, ALIPAY_KEY, APP, ALIPAY, ROOT)))
        assert len(keys.trusted) == 2

    def test_key_must_belong_to_the_application_certificate(self) -> None:
        stranger = replace(APP_KEY, value=peer.pem_of(authority.new_key()))
        assert "does not belong" in complaint(stranger, APP, ALIPAY, ROOT)

    def test_old_pair_works_until_the_new_one_is_whole(self) -> None:
        newer = replace(APP_KEY, value=peer.pem_of(authority.new_key()))
        keys = load_keys(account(credentials=(newer, APP_KEY, APP, ALIPAY, ROOT)))
        assert keys.signer.key.public_key() == peer.BY_STRANGER.key.public_key()

    def test_certificate_of_the_application_is_not_alipays(self) -> None:
        own = replace(ALIPAY, value=APP.value)
        assert "own certificate" in complaint(APP_KEY, APP, own, ROOT)

    def test_certificate_must_lead_to_the_root(self) -> None:
        other_root = replace(ROOT, value=authority.pem(authority.root("other").certificate))
        assert "leads to none" in complaint(APP_KEY, APP, ALIPAY, other_root)

    def test_expired_application_certificate_cannot_work(self) -> None:
        with time_machine.travel(datetime(2030, 2, 1, tzinfo=UTC), tick=False):
            assert "expired" in complaint(APP_KEY, APP, ALIPAY, ROOT)

    def test_alipays_certificate_that_expired_asks_for_a_download(self) -> None:
        past = (authority.FIRST_DAY, datetime(2025, 6, 1, tzinfo=UTC))
        key = authority.new_key().public_key()
        issuer = certificates().intermediate
        expired = issuer.issue(authority.named("leaf", "Alipay Test"), key, days=past)
        file = authority.pem(expired, issuer.certificate)
        old = replace(ALIPAY, value=file)
        with pytest.raises(NothingToVerifyWith):
            check(account(credentials=(APP_KEY, APP, old, ROOT)))
        check(account(credentials=(APP_KEY, APP, old, ALIPAY, ROOT)))

    def test_certificate_under_an_older_root_file_stays_trusted(self) -> None:
        newer = replace(ROOT, value=authority.pem(authority.root("newer").certificate))
        keys = load_keys(account(credentials=(APP_KEY, APP, ALIPAY, newer, ROOT)))
        alone = load_keys(certified_account())
        assert keys.trusted.keys() == alone.trusted.keys()
        assert keys.certified is not None
        assert alone.certified is not None
        assert keys.certified.alipay_root_cert_sn != alone.certified.alipay_root_cert_sn
