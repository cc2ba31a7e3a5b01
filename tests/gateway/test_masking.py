"""What is kept of a body: enough to understand it, nothing to abuse it with."""

import json

import pytest

from gateway.masking import MAX_KEPT, hint, masked_body, masked_url

SECRET = "canary-0123456789"


@pytest.mark.parametrize(
    "name",
    [
        *("sign", "paySign", "signature", "key", "secret", "ciphertext"),
        *("token", "access_token", "refresh_token"),
    ],
)
def test_signatures_and_secrets_are_always_masked(name: str) -> None:
    body = json.dumps({"a": [{"b": {name: SECRET}}], "amount": 1}).encode()
    kept = masked_body(body, frozenset())
    assert SECRET not in kept
    assert json.loads(kept)["amount"] == 1


def test_a_channels_own_fields_are_masked_at_any_depth() -> None:
    body = json.dumps({"payer": {"openid": SECRET}, "list": [[{"openid": SECRET}]]}).encode()
    assert SECRET not in masked_body(body, frozenset({"openid"}))


@pytest.mark.parametrize("value", [[SECRET], {"x": SECRET}, None, 1])
def test_whatever_a_masked_field_holds_is_masked(value: object) -> None:
    assert SECRET not in masked_body(json.dumps({"sign": value}).encode(), frozenset())


@pytest.mark.parametrize(
    "body", [f"sign={SECRET}".encode(), SECRET.encode(), b"\xff\xfe", b'{"sign": "\\ud800"}']
)
def test_of_what_is_not_json_only_the_size_is_kept(body: bytes) -> None:
    assert masked_body(body, frozenset()) == f"({len(body)} bytes that are not JSON)"


@pytest.mark.parametrize("depth", [900, 5_000, 100_000])
def test_a_deeply_nested_body_breaks_nothing(depth: int) -> None:
    body = b"[" * depth + b"]" * depth
    assert len(masked_body(body, frozenset())) <= MAX_KEPT


def test_a_long_body_is_cut() -> None:
    body = json.dumps({"text": "字" * 20_000}).encode()
    assert len(masked_body(body, frozenset())) == MAX_KEPT


def test_code_of_a_login_is_masked_and_that_of_an_error_is_kept() -> None:
    url = f"https://peer.test/token?code={SECRET}"
    assert masked_url(url, frozenset()) == "https://peer.test/token?code=***"
    assert masked_body(b'{"code":"ORDERPAID"}', frozenset()) == '{"code":"ORDERPAID"}'


@pytest.mark.parametrize("name", ["key", "sign", "openid"])
def test_secrets_in_a_query_are_masked_and_the_rest_is_kept(name: str) -> None:
    url = f"https://peer.test/api.php?act=order&{name}={SECRET}&n=%E8%B4%B9&x="
    kept = masked_url(url, frozenset({"openid"}))
    assert kept == f"https://peer.test/api.php?act=order&{name}=***&n=%E8%B4%B9&x="


@pytest.mark.parametrize("value", ["short", "a%26b", f"&key={SECRET}", f"%00;key={SECRET}"])
def test_no_spelling_of_a_query_gets_a_secret_through(value: str) -> None:
    assert SECRET not in masked_url(f"https://peer.test/?key={value}", frozenset())


@pytest.mark.parametrize("url", ["https://peer.test/pay", "https://peer.test/v3/a?", "no address"])
def test_an_address_without_a_query_is_kept_as_it_is(url: str) -> None:
    assert masked_url(url, frozenset()) == url


def test_no_body_is_kept_as_nothing() -> None:
    assert masked_body(b"", frozenset()) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [("", "***"), ("short", "***"), ("elevenchars", "***"), ("a" * 12, "aaa***aaa")],
)
def test_only_long_values_keep_their_ends(value: str, shown: str) -> None:
    assert hint(value) == shown
