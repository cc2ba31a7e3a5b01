"""A merchant of Alipay that shares what it was paid, in a few lines."""

from typing import Any

from tests.sandbox.alipay.merchant import Answer, Merchant
from tests.sandbox.merchant import new_number
from tests.sandbox.process import Sandbox

HEADQUARTERS = "2088101117955611"
BRANCH = "2088101117955622"
MANAGER = "manager@property.example"
FROZEN = {"royalty_freeze": "true"}


class Sharer:
    """Shares trades of 128.50 yuan."""

    def __init__(self, sandbox: Sandbox, merchant: Merchant) -> None:
        self.sandbox = sandbox
        self.merchant = merchant

    def paid(self, **changes: Any) -> str:
        """A paid trade whose money is frozen; Alipay's number."""
        number = self.merchant.create(**{"extend_params": FROZEN} | changes)
        shown = self.sandbox.control("alipay/pay", {"serial_no": number})
        return str(shown["channel_serial_no"])

    def bind(self, account: str, /, **changes: Any) -> Answer:
        """Bind one receiver: a user id, or a login name with its person's name."""
        person = {"type": "loginName", "name": "王小明"} if "@" in account else {"type": "userId"}
        entity = person | {"account": account} | changes
        biz = {"out_request_no": new_number(), "receiver_list": [entity]}
        return self.merchant.call("royalty.relation.bind", biz)

    def unbind(self, account: str) -> Answer:
        """Unbind a receiver that is named by its user id."""
        entity = {"type": "userId", "account": account}
        biz = {"out_request_no": new_number(), "receiver_list": [entity]}
        return self.merchant.call("royalty.relation.unbind", biz)

    def bound(self, **page: Any) -> dict[str, Any]:
        """All relations, or a page of them."""
        biz = {"out_request_no": new_number(), **page}
        return self.merchant.call("royalty.relation.batchquery", biz).node

    def split(self, trade_no: str, *shares: tuple[str, str], **changes: Any) -> Answer:
        """Share (account, yuan); no share leaves the member out."""
        entries = [
            {
                "royalty_type": "transfer",
                "trans_in_type": "loginName" if "@" in account else "userId",
                "trans_in": account,
                "amount": yuan,
            }
            for account, yuan in shares
        ]
        biz: dict[str, Any] = {"out_request_no": new_number(), "trade_no": trade_no}
        biz |= {"royalty_parameters": entries} if entries else {}
        return self.merchant.call("order.settle", biz | changes)

    def release(self, trade_no: str, **changes: Any) -> Answer:
        """Free the rest of a trade."""
        finish = {"extend_params": {"royalty_finish": "true"}}
        return self.split(trade_no, **finish | changes)

    def ask(self, trade_no: str, number: str) -> dict[str, Any]:
        """Query a settlement."""
        biz = {"trade_no": trade_no, "out_request_no": number}
        return self.merchant.call("order.settle.query", biz).node

    def left(self, trade_no: str) -> str:
        """What can still be shared, in yuan."""
        node = self.merchant.call("order.onsettle.query", {"trade_no": trade_no}).node
        return str(node["unsettled_amount"])

    def refund(self, trade_no: str, yuan: str, *taken_back: tuple[str, str], **more: Any) -> Answer:
        """Refund, and take (account, yuan) back with it."""
        entries = [
            {
                "royalty_type": "transfer",
                "trans_out_type": "userId",
                "trans_out": account,
                "trans_in_type": "userId",
                "trans_in": self.merchant.holder.seller_id,
                "amount": part,
            }
            for account, part in taken_back
        ]
        number = new_number()
        biz: dict[str, Any] = {
            "trade_no": trade_no,
            "refund_amount": yuan,
            "out_request_no": number,
        }
        biz |= {"refund_royalty_parameters": entries} if entries else {}
        return self.merchant.call("refund", biz | more)


def results(asked: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Account, yuan and state of each share."""
    shares = asked["royalty_detail_list"]
    return [(share["trans_in"], share["amount"], share["state"]) for share in shares]
