"""Every channel keeps the contract of channel bills."""

from gateway.channels.alipay.channel import AlipayChannel
from gateway.channels.alipay.wire import BILL_ADDRESS
from gateway.channels.easypay.channel import EasyPayChannel
from gateway.channels.wechat.channel import WeChatChannel
from gateway.messages import ChannelAccount
from paycenter.kernel.http import WireResponse
from tests.contract.bill_contract import BillContract
from tests.gateway.channels.alipay import bill_files as alipay_files
from tests.gateway.channels.alipay import peer as alipay
from tests.gateway.channels.easypay import pages as easypay_pages
from tests.gateway.channels.easypay import peer as easypay
from tests.gateway.channels.wechat import bill_files as wechat_files
from tests.gateway.channels.wechat import peer as wechat


class TestWeChatBills(BillContract):
    channel = WeChatChannel()

    def account(self) -> ChannelAccount:
        return wechat.account()

    def replies(self) -> list[WireResponse]:
        vector = wechat_files.TRADES
        link = {
            "hash_type": "SHA1",
            "hash_value": vector["hash_value"],
            "download_url": "https://wechat.test/v3/billdownload/file?token=1&tartype=gzip",
        }
        return [wechat.answer(link), WireResponse(200, {}, wechat_files.packed_of(vector))]


class TestAlipayBills(BillContract):
    channel = AlipayChannel()

    def account(self) -> ChannelAccount:
        return alipay.account()

    def replies(self) -> list[WireResponse]:
        url = "https://alipay.test/downloadBillFile.resource?fileId=1"
        text = alipay_files.trade_text(alipay_files.payment(), alipay_files.refund())
        return [
            alipay.done(BILL_ADDRESS, bill_download_url=url),
            WireResponse(200, {}, alipay_files.zipped(text)),
        ]


class TestEasyPayV1Bills(BillContract):
    channel = EasyPayChannel()
    is_v2 = False

    def account(self) -> ChannelAccount:
        return easypay.v1_account()

    def replies(self) -> list[WireResponse]:
        rows = easypay_pages.orders(3, day="2025-12-31")
        return [easypay_pages.page(part, v2=self.is_v2) for part in (rows, rows[-1:])]


class TestEasyPayV2Bills(TestEasyPayV1Bills):
    is_v2 = True

    def account(self) -> ChannelAccount:
        return easypay.v2_account()
