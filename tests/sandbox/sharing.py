"""A merchant that shares what it was paid, in a few lines."""

import base64
from typing import Any

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from tests.sandbox.merchant import Merchant, new_number
from tests.sandbox.process import Sandbox

ROOT = "/v3/profitsharing"
HEADQUARTERS = "1900099301"
BRANCH = "1900099302"
MANAGER = "oManager00000000000000000001"


class Sharer:
    """Shares orders of 12850 fen; refusals are for ``refusal`` to read."""

    def __init__(self, sandbox: Sandbox, merchant: Merchant) -> None:
        self.sandbox = sandbox
        self.merchant = merchant

    def paid(self, **changes: Any) -> str:
        """A paid order whose money is frozen; WeChat's number."""
        body = {"settle_info": {"profit_sharing": True}} | changes
        number = self.merchant.place(**body)
        self.sandbox.control("wechat/pay", {"serial_no": number})
        return str(self.merchant.query(number).json()["transaction_id"])

    def encrypted(self, name: str) -> str:
        """A name only the platform can read."""
        key: Any = serialization.load_pem_public_key(self.merchant.holder.public_key_pem.encode())
        scheme = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
        return base64.b64encode(key.encrypt(name.encode(), scheme)).decode()

    def bind(self, account: str = HEADQUARTERS, **changes: Any) -> requests.Response:
        """Add a receiver; a merchant unless ``type`` says otherwise."""
        body = {
            "appid": self.merchant.holder.appid,
            "type": "MERCHANT_ID",
            "account": account,
            "name": self.encrypted("示例商户全称"),
            "relation_type": "HEADQUARTER",
        } | changes
        body = {name: value for name, value in body.items() if value is not None}
        headers = {"Wechatpay-Serial": self.merchant.holder.public_key_id}
        return self.merchant.post(f"{ROOT}/receivers/add", body, headers=headers)

    def bind_all(self) -> None:
        """Two merchants and a person."""
        for account in (HEADQUARTERS, BRANCH):
            assert self.bind(account).status_code == 200
        person = {"type": "PERSONAL_OPENID", "name": None, "relation_type": "STAFF"}
        assert self.bind(MANAGER, **person).status_code == 200

    def split(
        self, transaction_id: str, *shares: tuple[str, int], **changes: Any
    ) -> requests.Response:
        """Share (account, fen) with merchants, or a person if it is the manager."""
        receivers = [
            {
                "type": "PERSONAL_OPENID" if account == MANAGER else "MERCHANT_ID",
                "account": account,
                "amount": fen,
                "description": "物业费分成",
            }
            for account, fen in shares
        ]
        body = {
            "appid": self.merchant.holder.appid,
            "transaction_id": transaction_id,
            "out_order_no": new_number("S"),
            "receivers": receivers,
            "unfreeze_unsplit": False,
        } | changes
        body = {name: value for name, value in body.items() if value is not None}
        return self.merchant.post(f"{ROOT}/orders", body)

    def ask(self, transaction_id: str, number: str, more: str = "") -> requests.Response:
        """Query a split or a release."""
        return self.merchant.get(f"{ROOT}/orders/{number}?transaction_id={transaction_id}{more}")

    def release(self, transaction_id: str, **changes: Any) -> requests.Response:
        """Release the rest."""
        body = {
            "transaction_id": transaction_id,
            "out_order_no": new_number("L"),
            "description": "解冻全部剩余资金",
        } | changes
        return self.merchant.post(f"{ROOT}/orders/unfreeze", body)

    def left(self, transaction_id: str) -> int:
        """What can still be shared."""
        response = self.merchant.get(f"{ROOT}/transactions/{transaction_id}/amounts")
        assert response.status_code == 200, response.text
        return int(response.json()["unsplit_amount"])

    def take_back(self, number: str, fen: int, **changes: Any) -> requests.Response:
        """Ask for a part of the headquarters' share back."""
        body = {
            "out_order_no": number,
            "out_return_no": new_number("T"),
            "return_mchid": HEADQUARTERS,
            "amount": fen,
            "description": "用户退款",
        } | changes
        body = {name: value for name, value in body.items() if value is not None}
        return self.merchant.post(f"{ROOT}/return-orders", body)

    def ask_return(self, number: str, return_number: str) -> requests.Response:
        """Query a return."""
        return self.merchant.get(f"{ROOT}/return-orders/{return_number}?out_order_no={number}")

    def shared(self, transaction_id: str, *shares: tuple[str, int]) -> str:
        """The number of a split that has ended."""
        response = self.split(transaction_id, *shares)
        assert response.status_code == 200, response.text
        self.sandbox.control("clock", {"advance_seconds": 1})
        return str(response.json()["out_order_no"])


def refusal(response: requests.Response) -> tuple[int, str]:
    """Status and code."""
    return response.status_code, response.json()["code"]


def results(response: requests.Response) -> list[tuple[str, int, str]]:
    """Account, fen and result of each line of a split."""
    lines = response.json()["receivers"]
    return [(line["account"], line["amount"], line["result"]) for line in lines]
