"""Both signatures against the vectors, and what no signature may be."""

from dataclasses import replace
from typing import Any

import pytest
import time_machine

from gateway.channels.easypay.config import key_pairs, shared_keys
from gateway.channels.easypay.signing import NotAuthentic, Scheme, content_to_sign
from tests.gateway.channels.easypay.peer import (
    MD5_KEY,
    PUBLIC_KEY,
    SHARED_KEY,
    VECTORS,
    md5_signed,
    rsa_signed,
    told,
    v1_account,
    v2_account,
    vector,
)

NAMES = [item["name"] for item in VECTORS["vectors"]]
SIGNED_BY_US = ["v1_submit", "v1_mapi", "v2_create_request"]
SIGNED_BY_THE_PLATFORM = ["v1_submit", "v1_mapi", "v1_notify", "v2_create_response", "v2_notify"]


def texts_of(item: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in item["params"].items()}


def scheme_of(item: dict[str, Any]) -> Scheme:
    return shared_keys(v1_account()) if "md5_input" in item else key_pairs(v2_account())


@pytest.fixture
def _signing_moment(name: str) -> Any:
    moment = vector(name)["params"].get("timestamp", "1788237296")
    with time_machine.travel(int(moment), tick=False):
        yield


@pytest.mark.parametrize("name", NAMES)
def test_string_to_sign_is_that_of_the_vector(name: str) -> None:
    item = vector(name)
    assert content_to_sign(texts_of(item)) == item["sign_content"]


@pytest.mark.usefixtures("_signing_moment")
@pytest.mark.parametrize("name", SIGNED_BY_US)
def test_signature_is_that_of_the_vector(name: str) -> None:
    item = vector(name)
    given = {key: value for key, value in texts_of(item).items() if key != "timestamp"}
    signed = scheme_of(item).signed(given)
    assert signed["sign"] == item["sign"]
    assert {k: v for k, v in signed.items() if k not in ("sign", "sign_type")} == {
        k: v for k, v in texts_of(item).items() if v
    }


@pytest.mark.usefixtures("_signing_moment")
@pytest.mark.parametrize("name", SIGNED_BY_THE_PLATFORM)
def test_signature_of_the_vector_is_verified(name: str) -> None:
    item = vector(name)
    scheme_of(item).verify({**texts_of(item), "sign": item["sign"]})
    for key in item["params"]:
        if key == "sign_type" or not item["params"][key]:
            continue
        changed = {**texts_of(item), "sign": item["sign"], key: f"{item['params'][key]}0"}
        with pytest.raises(NotAuthentic):
            scheme_of(item).verify(changed)


@pytest.mark.parametrize(("value", "signed"), [("0", True), ("", False), (" \t", False)])
def test_zero_is_signed_and_nothing_is_not(value: str, signed: bool) -> None:
    assert ("a=" in content_to_sign({"a": value, "b": "1"})) is signed


def test_key_suffix_is_a_choice_of_the_account() -> None:
    suffixed = shared_keys(v1_account(options={"key_suffix": "ampersand"}))
    suffixed.verify(md5_signed(told(), f"&key={MD5_KEY}"))
    with pytest.raises(NotAuthentic):
        suffixed.verify(md5_signed(told()))
    with pytest.raises(NotAuthentic):
        shared_keys(v1_account()).verify(md5_signed(told(), f"&key={MD5_KEY}"))


@pytest.mark.parametrize(
    "spoil",
    [
        str.upper,
        lambda sign: f"{sign}\n",
        lambda sign: f" {sign}",
        lambda sign: sign[:-1],
        lambda sign: "签" * 32,
        lambda sign: "",
        lambda sign: "0",
    ],
)
def test_only_the_exact_md5_is_accepted(spoil: Any) -> None:
    genuine = md5_signed(told())
    with pytest.raises(NotAuthentic):
        shared_keys(v1_account()).verify({**genuine, "sign": spoil(genuine["sign"])})


@pytest.mark.parametrize("sign", ["@@@@", "", "AAAA", "签", "a b"])
def test_only_a_signature_is_accepted_in_v2(sign: str) -> None:
    with pytest.raises(NotAuthentic):
        key_pairs(v2_account()).verify({**told(), "timestamp": "1767225600", "sign": sign})


@pytest.mark.parametrize("stray", ["@", "\n", " ", "."])
def test_rsa_signature_has_one_spelling(stray: str) -> None:
    genuine = rsa_signed(told())
    halves = (genuine["sign"][:9], genuine["sign"][9:])
    key_pairs(v2_account()).verify(genuine)
    with pytest.raises(NotAuthentic):
        key_pairs(v2_account()).verify({**genuine, "sign": stray.join(halves)})


@pytest.mark.parametrize("kind", ["RSA", "RSA2", "NONE", "md5", "HMAC-SHA256"])
def test_v1_message_may_not_name_another_kind(kind: str) -> None:
    with pytest.raises(NotAuthentic, match="kind"):
        shared_keys(v1_account()).verify({**md5_signed(told()), "sign_type": kind})


def test_v1_message_need_not_name_the_kind() -> None:
    unnamed = {name: value for name, value in md5_signed(told()).items() if name != "sign_type"}
    shared_keys(v1_account()).verify(unnamed)
    shared_keys(v1_account()).verify({**unnamed, "sign_type": ""})


def test_old_keys_still_verify_and_the_newest_signs() -> None:
    newer = replace(SHARED_KEY, value="n" * 32)
    both = shared_keys(v1_account(credentials=(newer, SHARED_KEY)))
    both.verify(md5_signed(told()))
    both.verify(md5_signed(told(), newer.value))
    assert both.signed(told())["sign"] == md5_signed(told(), newer.value)["sign"]


def test_keys_do_not_print() -> None:
    for scheme in (shared_keys(v1_account()), key_pairs(v2_account())):
        assert MD5_KEY not in repr(scheme)
        assert "RSAPrivateKey" not in repr(scheme)
    assert PUBLIC_KEY.value not in repr(PUBLIC_KEY)
