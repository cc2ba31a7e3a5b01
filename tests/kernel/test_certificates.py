"""What people upload as a key or certificate: read, or refused in words that say what to do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from paycenter.kernel.certificates import (
    check_current,
    is_pair,
    key_of,
    read_certificate,
    read_private_key,
    read_public_key,
    serial_of,
)
from paycenter.kernel.configuration import ConfigurationError
from tests.support.pem import certificate_pem, private_pem, public_pem, rsa_key

PRIVATE = private_pem(rsa_key())
PUBLIC = public_pem(rsa_key())
CERTIFICATE = certificate_pem(rsa_key())
SHORT = rsa_key(bits=1024)
CURVE = ec.generate_private_key(ec.SECP256R1())


def complaint(read: Callable[[str], object], text: str) -> str:
    """Return what is said of a text that is refused."""
    with pytest.raises(ConfigurationError) as refused:
        read(text)
    return str(refused.value)


def test_a_key_and_its_certificate_are_read_and_are_a_pair() -> None:
    key, certificate = read_private_key(PRIVATE), read_certificate(CERTIFICATE)
    assert is_pair(key, certificate)
    assert not is_pair(rsa_key("another"), certificate)
    assert key_of(certificate) == read_public_key(PUBLIC)
    assert serial_of(certificate) == "ABC"


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (read_private_key, CERTIFICATE, "not a private key"),
        (read_private_key, PUBLIC, "not a private key"),
        (read_public_key, PRIVATE, "not a public key"),
        (read_public_key, CERTIFICATE, "not a public key"),
        (read_certificate, PRIVATE, "not a certificate"),
        (read_certificate, PUBLIC, "not a certificate"),
    ],
    ids=range(6),
)
def test_what_was_mixed_up_is_named(read: Callable[[str], object], text: str, words: str) -> None:
    assert words in complaint(read, text)


@pytest.mark.parametrize("read", [read_private_key, read_public_key, read_certificate])
@pytest.mark.parametrize("text", ["", "canary", "-----BEGIN X-----", "密钥"])
def test_what_is_nothing_is_refused_without_repeating_it(
    read: Callable[[str], object], text: str
) -> None:
    assert "canary" not in complaint(read, text)


def test_a_damaged_key_is_refused_without_repeating_it() -> None:
    damaged = f"{PRIVATE[:80]}%%%{PRIVATE[83:]}"
    said = complaint(read_private_key, damaged)
    assert "must be PEM" in said
    assert damaged[40:60] not in said


def test_a_password_is_named() -> None:
    assert "password" in complaint(read_private_key, private_pem(rsa_key(), b"secret"))


def test_short_keys_are_refused_with_their_size() -> None:
    for read, text in (
        (read_private_key, private_pem(SHORT)),
        (read_public_key, public_pem(SHORT)),
        (read_certificate, certificate_pem(SHORT)),
    ):
        assert "1024 bits" in complaint(read, text)


def test_other_algorithms_are_refused() -> None:
    for read, text in (
        (read_private_key, private_pem(CURVE)),
        (read_public_key, public_pem(CURVE)),
        (read_certificate, certificate_pem(CURVE)),
    ):
        assert "RSA" in complaint(read, text)


@pytest.mark.parametrize(
    ("since", "days", "words"),
    [(timedelta(days=10), 5, "expired on"), (timedelta(days=-2), 30, "is valid from")],
)
def test_a_certificate_is_current_or_says_when(since: timedelta, days: int, words: str) -> None:
    check_current(read_certificate(CERTIFICATE))
    other = read_certificate(certificate_pem(rsa_key(), since=since, days=days))
    with pytest.raises(ConfigurationError, match=rf"{words} \d{{4}}-\d\d-\d\d"):
        check_current(other)
