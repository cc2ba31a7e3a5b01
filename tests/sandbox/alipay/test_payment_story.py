"""A payment from the first call to the last refund, once for each way to pay."""

import pytest
import requests

from tests.sandbox.alipay.merchant import Merchant, is_genuine, read_form
from tests.sandbox.process import Sandbox
from tests.sandbox.receiver import Receiver


@pytest.mark.parametrize("product", ["page", "wap", "app", "code", "mini_program"])
def test_payment_is_placed_paid_told_and_refunded(
    sandbox: Sandbox, merchant: Merchant, receiver: Receiver, product: str
) -> None:
    launch = None
    if product == "code":
        number = merchant.place(notify_url=receiver.url)
    elif product == "mini_program":
        number = merchant.create(notify_url=receiver.url)
    else:
        number, launch = merchant.link(product, notify_url=receiver.url)
    paid = sandbox.control("alipay/pay", {"serial_no": number, "launch": launch})
    assert (paid["state"], paid["amount"]) == ("succeeded", 12850)

    (callback,) = receiver.wait()
    told = read_form(callback.body)
    assert is_genuine(told, merchant.holder.alipay_public_key_pem)
    assert (told["out_trade_no"], told["trade_status"]) == (number, "TRADE_SUCCESS")
    assert (told["total_amount"], told["trade_no"]) == ("128.50", paid["channel_serial_no"])

    answer = merchant.query(number)
    assert answer.is_signed
    assert (answer.node["trade_status"], answer.node["total_amount"]) == ("TRADE_SUCCESS", "128.50")

    answer = merchant.refund(number, "28.50", "R1")
    assert (answer.node["fund_change"], answer.node["refund_fee"]) == ("Y", "28.50")
    told = read_form(receiver.wait(2)[1].body)
    assert (told["trade_status"], told["refund_fee"]) == ("TRADE_SUCCESS", "28.50")
    assert merchant.query_refund(number, "R1").node["refund_status"] == "REFUND_SUCCESS"


def test_page_link_opened_in_a_browser(sandbox: Sandbox, merchant: Merchant) -> None:
    number, link = merchant.link("page")

    page = requests.get(link, timeout=10)

    assert (page.status_code, "128.50" in page.text) == (200, True)
    assert merchant.query(number).node["trade_status"] == "WAIT_BUYER_PAY"
