"""One order from its placing to its refund, as a merchant sees it."""

from tests.sandbox.merchant import Merchant, is_signed
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


def test_paid_order_is_told_by_a_signed_and_encrypted_callback(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = merchant.place(notify_url=receiver.url, attach="room=301")

    paid = sandbox.control("wechat/pay", {"serial_no": number, "coupon": 100})

    (callback,) = receiver.wait()
    assert is_signed(callback.headers, callback.body, merchant.holder.public_key_pem)
    assert callback.headers["Wechatpay-Serial"] == merchant.holder.public_key_id
    content = callback.open(merchant.holder.apiv3_key)
    assert content["transaction_id"] == paid["channel_serial_no"]
    assert content["trade_state"] == "SUCCESS"
    assert content["attach"] == "room=301"
    assert content["amount"]["total"] == 12850
    assert content["amount"]["payer_total"] == 12750


def test_query_tells_the_same_as_the_callback(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver
) -> None:
    number = merchant.place(notify_url=receiver.url)
    sandbox.control("wechat/pay", {"serial_no": number})

    (callback,) = receiver.wait()

    assert merchant.query(number).json() == callback.open(merchant.holder.apiv3_key)
