"""A merchant's program in a few lines, written from the public rules of EasyPay, V1 and V2."""

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from gateway.sandbox.easypay.identity import EasypayMerchant
from tests.sandbox.merchant import new_number

Form = dict[str, str]


class Merchant:
    """Signs and sends; ``holder`` is one of the platform's merchants."""

    def __init__(self, url: str, holder: EasypayMerchant) -> None:
        self.base_url = f"{url}/easypay/"
        self.holder = holder

    def order(self, **changes: str | None) -> Form:
        """The parameters of an order of 12.80 yuan; None as a change leaves one out."""
        form: dict[str, str | None] = {
            "pid": self.holder.pid,
            "type": "alipay",
            "out_trade_no": new_number(),
            "notify_url": "http://127.0.0.1:9/notify",
            "return_url": "http://127.0.0.1:9/return",
            "name": "2026 物业费",
            "money": "12.80",
            "clientip": "192.0.2.7",
        }
        return {name: value for name, value in (form | changes).items() if value is not None}

    def place(self, **changes: str | None) -> str:
        """Place a V1 order that must be accepted; the merchant's number."""
        form = self.order(**changes)
        answer = self.mapi(form)
        assert answer["code"] == 1, answer
        return form["out_trade_no"]

    def place_v2(self, **changes: str | None) -> str:
        """Place a V2 order that must be accepted; the merchant's number."""
        form = self.order(**({"method": "web"} | changes))
        answer = self.v2("pay/create", form)
        assert answer["code"] == 0, answer
        return form["out_trade_no"]

    def mapi(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The V1 order call."""
        return dict(self.post("mapi.php", self.signed(form)).json())

    def act(self, act: str, **more: str) -> dict[str, Any]:
        """A V1 call with the key in plain sight."""
        query = {"act": act, "pid": self.holder.pid, "key": self.holder.key, **more}
        return dict(requests.get(f"{self.base_url}api.php", params=query, timeout=30).json())

    def query(self, number: str) -> dict[str, Any]:
        """The V1 query by the merchant's number."""
        return self.act("order", out_trade_no=number)

    def refund(self, number: str, money: str, **more: str) -> dict[str, Any]:
        """The V1 refund."""
        form = {"pid": self.holder.pid, "key": self.holder.key, "money": money}
        answer = self.post("api.php?act=refund", form | {"out_trade_no": number} | more)
        return dict(answer.json())

    def v2(self, route: str, form: Mapping[str, str], **changes: str) -> dict[str, Any]:
        """A V2 call; ``changes`` replace parameters before signing."""
        return dict(self.post_v2(route, form, **changes).json())

    def post_v2(self, route: str, form: Mapping[str, str], **changes: str) -> requests.Response:
        """A V2 call, as the raw response."""
        stamped = {"pid": self.holder.pid, "timestamp": str(int(time.time())), **form, **changes}
        return self.post(f"api/{route}", self.signed_rsa(stamped))

    def post(self, path: str, form: Mapping[str, str]) -> requests.Response:
        """A form, sent as it is."""
        return requests.post(self.base_url + path, data=form, timeout=30)

    def submit_link(self, form: Mapping[str, str]) -> str:
        """The address a browser is sent to."""
        return f"{self.base_url}submit.php?{urlencode(self.signed(form))}"

    def signed(self, form: Mapping[str, str], *, suffix: str = "") -> Form:
        """The parameters with their MD5 signature."""
        return {**form, "sign": md5(form, suffix + self.holder.key), "sign_type": "MD5"}

    def signed_rsa(self, form: Mapping[str, str]) -> Form:
        """The parameters with their RSA signature."""
        key: Any = serialization.load_pem_private_key(self.holder.private_key_pem.encode(), None)
        signature = key.sign(content(form).encode(), padding.PKCS1v15(), hashes.SHA256())
        return {**form, "sign": base64.b64encode(signature).decode(), "sign_type": "RSA"}


def content(form: Mapping[str, Any]) -> str:
    """The text that is signed."""
    spoken = {name: str(value) for name, value in form.items() if not isinstance(value, list)}
    names = sorted(name for name in spoken if spoken[name].strip() and name not in _SEAL)
    return "&".join(f"{name}={spoken[name]}" for name in names)


def md5(form: Mapping[str, Any], key: str) -> str:
    """The V1 signature."""
    return hashlib.md5((content(form) + key).encode()).hexdigest()


def is_signed(form: Mapping[str, Any], public_key_pem: str) -> bool:
    """Whether the platform's V2 signature over this answer or callback is good."""
    key: Any = serialization.load_pem_public_key(public_key_pem.encode())
    try:
        signature = base64.b64decode(form["sign"])
        key.verify(signature, content(form).encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


_SEAL = ("sign", "sign_type")
