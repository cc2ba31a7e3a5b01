"""Secrets at rest: they open at their own place under a known key, and nowhere else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycenter.kernel.sealing import Keyring, SealError, parse_keyring

PLACE = "merchants.storedcredential:7:sealed_value"
OLD, NEW = b"o" * 32, b"n" * 32
RING = Keyring({"k1": OLD})


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_again(secret: str) -> None:
    sealed = RING.seal(secret, place=PLACE)
    assert RING.unseal(sealed, place=PLACE) == secret


def test_the_secret_cannot_be_read_and_never_looks_the_same() -> None:
    first, second = (RING.seal("canary", place=PLACE) for _ in range(2))
    assert first != second
    assert "canary" not in first
    assert base64.b64encode(b"canary").decode()[:6] not in first


@pytest.mark.parametrize(
    "place",
    [
        "merchants.storedcredential:8:sealed_value",
        "merchants.storedcredential:7:sealed_other",
        "merchants.application:7:sealed_value",
        "",
    ],
    ids=["row", "field", "model", "nowhere"],
)
def test_it_opens_at_no_other_place(place: str) -> None:
    sealed = RING.seal("canary", place=PLACE)
    with pytest.raises(SealError):
        RING.unseal(sealed, place=place)


@pytest.mark.parametrize(
    "change",
    [
        lambda sealed: "",
        lambda sealed: "plain text",
        lambda sealed: sealed.replace("s1.", "s2.", 1),
        lambda sealed: sealed.replace(".k1.", ".k9.", 1),
        lambda sealed: sealed[:-8],
        lambda sealed: sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:],
        lambda sealed: sealed + ".x",
        lambda sealed: "s1.k1.",
        lambda sealed: "s1.k1.密封",
    ],
)
def test_what_was_altered_does_not_open(change: object) -> None:
    assert callable(change)
    sealed = change(RING.seal("canary", place=PLACE))
    with pytest.raises(SealError) as refused:
        RING.unseal(sealed, place=PLACE)
    assert "canary" not in str(refused.value)


def test_another_key_under_the_same_id_does_not_open() -> None:
    sealed = RING.seal("canary", place=PLACE)
    with pytest.raises(SealError):
        Keyring({"k1": NEW}).unseal(sealed, place=PLACE)


def test_keys_rotate_the_first_seals_and_all_open() -> None:
    both = Keyring({"k2": NEW, "k1": OLD})
    old = RING.seal("canary", place=PLACE)
    assert both.unseal(old, place=PLACE) == "canary"
    assert not both.is_current(old)
    new = both.seal("canary", place=PLACE)
    assert both.is_current(new)
    with pytest.raises(SealError):
        RING.unseal(new, place=PLACE)


def _key(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_the_setting_lists_keys_in_their_order() -> None:
    ring = parse_keyring(f" k2:{_key(NEW)} , k1:{_key(OLD)}")
    assert ring.sealing_key_id == "k2"
    assert ring.unseal(RING.seal("canary", place=PLACE), place=PLACE) == "canary"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "k1",
        "k1:",
        f":{_key(OLD)}",
        f"K1:{_key(OLD)}",
        f"k.1:{_key(OLD)}",
        f"{'k' * 17}:{_key(OLD)}",
        f"k1:{_key(b'short')}",
        f"k1:{_key(b'x' * 33)}",
        "k1:@@@@",
        f"k1:{_key(OLD)},k1:{_key(NEW)}",
    ],
)
def test_a_setting_that_cannot_seal_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match="key") as refused:
        parse_keyring(text)
    assert _key(OLD) not in str(refused.value)


def test_a_keyring_does_not_print_its_keys() -> None:
    assert "oooo" not in repr(RING) + repr(vars(RING))
