"""A new certificate of Alipay is found out, downloaded, and believed only if it is Alipay's."""

import base64
from collections.abc import Sequence

import pytest

from gateway.channels.alipay.channel import AlipayChannel
from gateway.contract import AccountRefused, ConfigurationError
from gateway.messages import PaymentRef
from paycenter.kernel.credential import Credential
from paycenter.kernel.http import NoAnswer, NotSent, WireResponse
from tests.contract.transport import FakeTransport, Reply
from tests.gateway.channels.alipay import authority, peer
from tests.gateway.channels.alipay.peer import Pen, certificates

CHANNEL = AlipayChannel()
METHOD = "alipay.open.app.alipaycert.download"
NEW, NEW_FILE = certificates().pen_of()


def brought(file: str, pen: Pen = NEW) -> WireResponse:
    return peer.done(METHOD, pen=pen, alipay_cert_content=base64.b64encode(file.encode()).decode())


def fetched(*replies: Reply) -> tuple[Credential, ...]:
    return CHANNEL.fetch_certificates(peer.certified_account(), FakeTransport(*replies))


def asked_for(transport: FakeTransport) -> Sequence[str]:
    return [peer.content_in(request)["alipay_cert_sn"] for request in transport.sent]


def test_nothing_is_downloaded_in_public_key_mode() -> None:
    transport = FakeTransport()
    assert CHANNEL.fetch_certificates(peer.account(), transport) == ()
    assert transport.sent == []


def test_known_certificate_is_not_downloaded_again() -> None:
    known = certificates().pen
    assert fetched(peer.done(METHOD, pen=known, alipay_cert_content="any")) == ()


def test_certificate_that_signs_now_is_asked_for_and_kept() -> None:
    transport = FakeTransport(brought("any"), brought(NEW_FILE))
    account = peer.certified_account()
    (found,) = CHANNEL.fetch_certificates(account, transport)
    assert asked_for(transport) == [certificates().pen.serial, NEW.serial]
    assert (found.kind, found.identifier) == ("alipay_certificate", NEW.serial)
    assert (found.not_before, found.not_after) == (authority.FIRST_DAY, authority.LAST_DAY)


def test_new_certificate_verifies_what_the_old_one_could_not() -> None:
    reply = peer.answer("alipay.trade.query", peer.trade(), pen=NEW)
    payment = PaymentRef(peer.SERIAL_NO)
    before = CHANNEL.query(peer.certified_account(), payment, FakeTransport(reply))
    assert before.failure is not None
    assert before.failure.unknown_key
    kept = fetched(brought("any"), brought(NEW_FILE))
    account = peer.certified_account()
    both = peer.account(credentials=(*kept, *account.credentials))
    assert CHANNEL.query(both, payment, FakeTransport(reply)).amount == 1990


def test_certificate_of_a_merchant_is_not_alipays() -> None:
    pen, file = certificates().pen_of("Another Merchant")
    with pytest.raises(ConfigurationError, match="not issued to Alipay"):
        fetched(brought("any", pen), brought(file, pen))


def test_certificate_under_another_root_is_refused() -> None:
    key, other = authority.new_key(), authority.root("Ant Test Authority R1")
    leaf = other.issue(authority.named("leaf", "Alipay Test"), key.public_key())
    with pytest.raises(ConfigurationError, match="leads to none"):
        fetched(brought("any"), brought(authority.pem(leaf)))


def test_other_certificate_than_asked_for_is_refused() -> None:
    _, another = certificates().pen_of()
    with pytest.raises(ConfigurationError, match="another certificate"):
        fetched(brought("any"), brought(another))


def test_answer_must_be_signed_with_the_certificate_it_brings() -> None:
    stranger = Pen(peer.BY_STRANGER.key, NEW.serial)
    with pytest.raises(NoAnswer):
        fetched(brought("any"), brought(NEW_FILE, stranger))


@pytest.mark.parametrize("content", ["@@@@", "/w=="])
def test_content_that_is_no_text_is_no_answer(content: str) -> None:
    with pytest.raises(NoAnswer):
        fetched(brought("any"), peer.done(METHOD, pen=NEW, alipay_cert_content=content))


@pytest.mark.parametrize("error", [NotSent("refused"), NoAnswer("cut")])
def test_silence_is_worth_another_try(error: Exception) -> None:
    with pytest.raises(type(error)):
        fetched(error)
    with pytest.raises(type(error)):
        fetched(brought("any"), error)


@pytest.mark.parametrize(
    "reply",
    [
        WireResponse(502, {}, b"<html>"),
        WireResponse(200, {}, b"{}"),
        peer.failed(METHOD, "isp.unknow-error", "20000"),
        peer.failed(METHOD, "isv.app-call-limited", "40005"),
    ],
)
def test_answer_that_says_nothing_yet_is_worth_another_try(reply: WireResponse) -> None:
    with pytest.raises(NoAnswer):
        fetched(reply)


def test_refusal_is_told_in_the_words_of_the_channel() -> None:
    refusal = peer.unsigned(peer.failed(METHOD, "isv.invalid-app-id", "40002", "无效的AppID参数"))
    with pytest.raises(AccountRefused) as caught:
        fetched(refusal)
    assert caught.value.failure.code == "isv.invalid-app-id"
    assert "无效的AppID参数" in str(caught.value)
