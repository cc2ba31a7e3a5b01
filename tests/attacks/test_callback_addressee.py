"""Authentic callbacks at the wrong door: the account in the URL must be the one they are for."""

import pytest

from gateway.accounts import channel_account
from gateway.channels.wechat import config
from gateway.contract import ConfigurationError
from gateway.models import Callback
from gateway.registry import channel_of
from merchants.credentials import open_credentials, revoke_credential, store_credential
from merchants.models import PaymentAccount
from paycenter.kernel.credential import Credential
from tests.attacks import forge
from tests.attacks.facts import REFUSAL, nothing_changes, refused_callback, security_record
from tests.attacks.forge import WeChatPay
from tests.attacks.shop import Shop
from tests.support.parties import make_account, make_channel_merchant

SUB_MCHID = "1900000103"


def test_callback_for_another_company_is_refused_at_our_address(
    shop: Shop, other_shop: Shop
) -> None:
    theirs = other_shop.wechat.message(other_shop.wechat.paid(other_shop.initiated()))
    with refused_callback() as answers:
        answers.append(shop.deliver(theirs))


def test_our_callback_is_refused_at_another_companys_address(shop: Shop, other_shop: Shop) -> None:
    ours = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    with refused_callback() as answers:
        answers.append(shop.deliver(ours, account=other_shop.account))


@pytest.mark.parametrize(
    "naming",
    [
        {"mchid": forge.OTHER_MCHID},
        {"mchid": None},
        {"mchid": ""},
        {"mchid": int(forge.OUR_MCHID)},
        {"mchid": f" {forge.OUR_MCHID}"},
        {"mchid": [forge.OUR_MCHID]},
        {"sp_mchid": forge.OTHER_MCHID},
        {"mchid": None, "sp_mchid": forge.OTHER_MCHID, "sub_mchid": forge.OUR_MCHID},
    ],
    ids=str,
)
def test_callback_that_names_another_merchant_is_refused(
    naming: dict[str, object], shop: Shop
) -> None:
    document = shop.wechat.paid(shop.initiated(), **naming)
    with refused_callback() as answers:
        answers.append(shop.deliver(shop.wechat.message(document)))


def test_number_of_another_company_is_unknown_to_our_account(shop: Shop, other_shop: Shop) -> None:
    theirs = other_shop.initiated()
    with nothing_changes():
        answer = shop.deliver(shop.wechat.message(shop.wechat.paid(theirs)))
    assert (answer.status_code, answer.content) == (401, REFUSAL)
    assert Callback.objects.get().result == Callback.Result.UNKNOWN_NUMBER


def test_refund_of_another_company_is_unknown_to_our_account(shop: Shop, other_shop: Shop) -> None:
    theirs = other_shop.refunding(other_shop.paid())
    with nothing_changes():
        message = shop.wechat.message(shop.wechat.refunded(theirs), kind="refund")
        assert shop.deliver(message).status_code == 401


def test_number_that_does_not_exist_makes_no_row(shop: Shop) -> None:
    payment = shop.initiated()
    document = shop.wechat.paid(payment, out_trade_no="P" + "0" * 23)
    with nothing_changes():
        answer = shop.deliver(shop.wechat.message(document))
    assert (answer.status_code, answer.content) == (401, REFUSAL)
    assert Callback.objects.get().result == Callback.Result.UNKNOWN_NUMBER


def test_address_of_no_account_is_refused_and_recorded(shop: Shop) -> None:
    message = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    with refused_callback() as answers:
        answers.append(shop.deliver_to("/callbacks/wechat/P9999999999/", message))


@pytest.mark.parametrize("channel", ["WECHAT", "wechat%00", "..", "fake"])
def test_address_of_no_channel_settles_nothing(channel: str, shop: Shop) -> None:
    payment = shop.initiated()
    message = shop.wechat.message(shop.wechat.paid(payment))
    with nothing_changes():
        answer = shop.deliver_to(f"/callbacks/{channel}/{shop.account.payment_no}/", message)
    assert answer.status_code >= 400


@pytest.mark.parametrize("channel", ["alipay", "easypay"])
def test_our_account_is_not_reached_through_another_channel(channel: str, shop: Shop) -> None:
    message = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    with nothing_changes(), security_record("callback"):
        answer = shop.deliver_to(f"/callbacks/{channel}/{shop.account.payment_no}/", message)
    assert answer.content == b"fail"


def test_account_of_another_channel_is_not_reached_through_wechat(shop: Shop) -> None:
    owner = make_channel_merchant(channel="easypay", mchid="1001")
    message = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    with refused_callback() as answers:
        answers.append(shop.deliver(message, account=make_account(owner)))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_only_post_is_a_callback(method: str, shop: Shop) -> None:
    message = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    with nothing_changes():
        assert shop.deliver(message, method=method).status_code == 405


def test_refund_address_takes_either_kind(shop: Shop) -> None:
    refund = shop.refunding(shop.paid())
    message = shop.wechat.message(shop.wechat.refunded(refund), kind="refund")
    path = f"/callbacks/wechat/{shop.account.payment_no}/refund/"
    assert shop.deliver_to(path, message).status_code == 204
    assert shop.refund(refund.refund_serial_no).state == "succeeded"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (config.APIV3_KEY, " " * 32),
        (config.APIV3_KEY, "short"),
        (config.PUBLIC_KEY, " "),
        (config.PUBLIC_KEY, "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
        (config.MERCHANT_KEY, " "),
    ],
)
def test_unusable_key_verifies_nothing(kind: str, value: str, shop: Shop) -> None:
    message = shop.wechat.message(shop.wechat.paid(shop.initiated()))
    owner = shop.account.channel_merchant
    revoke_credential(owner.credentials.get(kind=kind))
    store_credential(owner, Credential(kind, shop.wechat.pen.serial, value))
    with refused_callback() as answers:
        answers.append(shop.deliver(message))
    stored = PaymentAccount.objects.select_related("channel_merchant").get(pk=shop.account.pk)
    with pytest.raises(ConfigurationError):
        channel_of("wechat").check_account(channel_account(stored))


def test_account_without_any_key_verifies_nothing(shop: Shop) -> None:
    payment = shop.initiated()
    bare = make_account(make_channel_merchant(mchid="1900000199"))
    stranger = WeChatPay(forge.merchant(forge.OTHER_MCHID))
    with refused_callback() as answers:
        document = stranger.paid(payment, mchid="1900000199")
        answers.append(shop.deliver(stranger.message(document), account=bare))


@pytest.mark.parametrize(
    "naming",
    [
        {"sub_mchid": "1900000104"},
        {"sub_mchid": None},
        {"sub_mchid": None, "mchid": SUB_MCHID},
        {"sp_mchid": forge.OTHER_MCHID},
        {"sp_mchid": None},
    ],
    ids=str,
)
def test_service_provider_cannot_speak_for_another_sub_merchant(
    naming: dict[str, object], shop: Shop
) -> None:
    account = _sub_account(shop)
    named = {"mchid": None, "sp_mchid": forge.OUR_MCHID, "sub_mchid": SUB_MCHID} | naming
    document = shop.wechat.paid(shop.initiated(), **named)
    with refused_callback() as answers:
        answers.append(shop.deliver(shop.wechat.message(document), account=account))


def _sub_account(shop: Shop) -> PaymentAccount:
    """Return an account for which the shop's merchant signs as service provider."""
    owner = make_channel_merchant(
        mchid=SUB_MCHID, provider_mchid=forge.OUR_MCHID, provider_appid=shop.account.appid
    )
    for credential in open_credentials(shop.account.channel_merchant):
        store_credential(owner, credential)
    return make_account(owner)
