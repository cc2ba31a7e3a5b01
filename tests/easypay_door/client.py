"""An old application: it knows its pid and key, and the rules of EasyPay."""

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from merchants.doors import platform_public_key
from merchants.models import EasyPayDoor

Form = dict[str, str]

_SEAL = ("sign", "sign_type")
_OWN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class OldApplication:
    """Signs and sends over Django's test client; ``door`` is what it stands before."""

    door: EasyPayDoor
    key: str
    client: Client = field(default_factory=Client)

    def order(self, **changes: str | None) -> Form:
        """Return the parameters of an order of 12.80 yuan; None leaves a parameter out."""
        form: dict[str, str | None] = {
            "pid": str(self.door.pid),
            "type": "wxpay",
            "out_trade_no": "A1",
            "notify_url": "https://app.test/paid",
            "return_url": "https://app.test/back",
            "name": "物业费",
            "money": "12.80",
            "clientip": "192.0.2.7",
        }
        return {name: value for name, value in (form | changes).items() if value is not None}

    def mapi(self, **changes: str | None) -> dict[str, Any]:
        """Place a V1 order between servers."""
        return self.post("mapi.php", self.signed(self.order(**changes)))

    def act(self, act: str, **more: str) -> dict[str, Any]:
        """Ask ``api.php`` with the key in plain sight."""
        query = {"act": act, "pid": str(self.door.pid), "key": self.key, **more}
        return document(self.client.get(f"/easypay/api.php?{urlencode(query)}"))

    def refund(self, money: str, **more: str) -> dict[str, Any]:
        """Refund a part of A1 the V1 way."""
        form = {"pid": str(self.door.pid), "key": self.key, "money": money, "out_trade_no": "A1"}
        return self.post("api.php?act=refund", form | more)

    def v2(self, path: str, **changes: str | None) -> dict[str, Any]:
        """Send a V2 request."""
        form = {"pid": str(self.door.pid), "timestamp": str(int(time.time()))} | changes
        return self.post(path, self.signed_rsa({k: v for k, v in form.items() if v is not None}))

    def create(self, **changes: str | None) -> dict[str, Any]:
        """Place a V2 order."""
        return self.v2("api/pay/create", **self.order(**changes))

    def post(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        """Post a form to the door and read the answer."""
        return document(self.raw_post(path, urlencode(form)))

    def raw_post(self, path: str, body: str) -> Any:
        """Post these very bytes."""
        return self.client.generic(
            "POST", f"/easypay/{path}", body, content_type="application/x-www-form-urlencoded"
        )

    def signed(self, form: Mapping[str, str]) -> Form:
        """Return the parameters with their MD5 signature."""
        return {**form, "sign": md5(form, self.key), "sign_type": "MD5"}

    def signed_rsa(self, form: Mapping[str, str]) -> Form:
        """Return the parameters with their RSA signature."""
        signature = _OWN_KEY.sign(content(form).encode(), padding.PKCS1v15(), hashes.SHA256())
        return {**form, "sign": base64.b64encode(signature).decode(), "sign_type": "RSA"}

    def verifies(self, told: Mapping[str, Any]) -> bool:
        """Whether a V2 answer or notification bears the door's signature."""
        key: Any = serialization.load_pem_public_key(platform_public_key(self.door).encode())
        try:
            signature = base64.b64decode(told.get("sign", ""))
            key.verify(signature, content(told).encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def own_public_key() -> str:
    """Return the old application's public key, as it is entered at the door."""
    return (
        _OWN_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )


def document(response: Any) -> dict[str, Any]:
    """Read an answer: status 200 and JSON called HTML."""
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    return dict(json.loads(response.content))


def content(form: Mapping[str, Any]) -> str:
    """Return the text that is signed."""
    spoken = {name: str(value) for name, value in form.items() if not isinstance(value, list)}
    names = sorted(name for name in spoken if spoken[name].strip() and name not in _SEAL)
    return "&".join(f"{name}={spoken[name]}" for name in names)


def md5(form: Mapping[str, Any], key: str) -> str:
    """Return the V1 signature."""
    return hashlib.md5((content(form) + key).encode()).hexdigest()
