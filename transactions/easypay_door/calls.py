"""Who calls: the signature first, then whether this door is open to the caller.

V1 requests are signed with MD5 and V2 requests with RSA, by their address alone: ``sign_type`` may
repeat that and never choose. To ``api.php`` the key itself is shown, as the protocol has it, or it
is signed with it.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest

from gateway.channels.easypay.signing import NotAuthentic, Scheme
from merchants.models import EasyPayDoor, SecurityRecord
from paycenter.kernel.addresses import client_address, is_within
from paycenter.kernel.request_id import current_request_id
from paycenter.kernel.rows import find
from transactions.easypay_door.parameters import read_parameters
from transactions.easypay_door.schemes import scheme_of
from transactions.easypay_door.words import NotAdmitted, Refused
from transactions.models import DoorOrder

V1, V2 = DoorOrder.Version.V1, DoorOrder.Version.V2

_PID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_HIDDEN_PARAMETER = re.compile(
    r"&(?:act|clientip|device|key|method|money|name|notify_url|out_refund_no|out_trade_no|param|pid"
    r"|refund_no|return_url|sitename|timestamp|trade_no|type)="
)
"""The signed string joins values unescaped. With this inside of one, a payer who chose a value (a
note, a name) could cut the string up anew, and have another amount in it."""
_UNSIGNED: dict[str, str] = {V1: "MD5签名校验失败", V2: "RSA签名校验失败，请检查签名与时间戳"}
_NOT_KNOWN = "商户ID不存在或商户密钥错误"
_DECOY_KEY = secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in: whose, in which version, from where, and what it says."""

    door: EasyPayDoor
    version: str
    texts: Mapping[str, str]
    address: str
    user_agent: str

    def text(self, name: str) -> str:
        """Return a parameter, blank when it is missing."""
        return self.texts.get(name, "")

    @property
    def scheme(self) -> Scheme:
        """How answers and notifications are signed."""
        return scheme_of(self.door, self.version)


def admit_signed(request: HttpRequest, version: str, *, from_browser: bool = False) -> Call:
    """Let a signed request in. Raises ``Refused``.

    ``from_browser``: a payer brings it, so where the application calls from says nothing.
    """
    texts = read_parameters(request)
    door = _door_of(texts)
    try:
        scheme_of(door, version).verify(texts)
    except NotAuthentic as error:
        raise _stranger(_UNSIGNED[version], str(error), texts) from None
    if any(_HIDDEN_PARAMETER.search(value) for value in texts.values()):
        raise Refused("参数不合法")
    return _admitted(request, door, version, texts, from_browser=from_browser)


def admit_by_key(request: HttpRequest) -> Call:
    """Let a V1 request in that shows the key. Raises ``Refused``.

    A question by GET may be signed instead. A refund may not: what is signed can be sent again.
    """
    texts = read_parameters(request)
    if request.method == "GET" and "key" not in texts and "sign" in texts:
        return admit_signed(request, V1)
    door = _door_of(texts)
    key = door.unseal("sealed_key") if door else _DECOY_KEY
    if not hmac.compare_digest(texts.get("key", "").encode(), key.encode()):
        raise _stranger(_NOT_KNOWN, "the key is wrong", texts)
    return _admitted(request, door, V1, texts, from_browser=False)


def record_refusal(request: HttpRequest, refusal: NotAdmitted) -> None:
    """Keep the security record of a request that was not let in, never its query."""
    SecurityRecord.objects.create(
        door=SecurityRecord.Door.EASYPAY,
        reason=refusal.reason[:200],
        claimed=refusal.claimed[:64],
        address=client_address(request) or None,
        path=request.path[:200].replace("\x00", ""),
        request_id=current_request_id.get(),
    )


def find_door(**which: object) -> EasyPayDoor | None:
    """Return a door with its application, accounts and their owners, in one statement."""
    accounts = ("wxpay_account", "alipay_account")
    owners = [f"{account}__channel_merchant__merchant" for account in accounts]
    return find(EasyPayDoor.objects.select_related("application", *owners).filter(**which))


def _door_of(texts: Mapping[str, str]) -> EasyPayDoor | None:
    pid = texts.get("pid", "")
    return find_door(pid=int(pid)) if _PID.fullmatch(pid) else None


def _admitted(
    request: HttpRequest,
    door: EasyPayDoor | None,
    version: str,
    texts: Mapping[str, str],
    *,
    from_browser: bool,
) -> Call:
    """Judge who has proved who it is."""
    if door is None:
        raise _stranger(_NOT_KNOWN, "there is no such door", texts)
    address = client_address(request)
    allowed = door.application.ip_allow_list
    if not (door.is_active and door.application.is_active):
        raise _stranger("商户已停用", "the door is closed", texts)
    if allowed and not from_browser and not is_within(address, allowed):
        raise _stranger("请求来源IP不在白名单内", "the address is not allowed", texts)
    return Call(door, version, texts, address, request.headers.get("User-Agent", ""))


def _stranger(message: str, reason: str, texts: Mapping[str, str]) -> NotAdmitted:
    return NotAdmitted(message, reason=reason, claimed=texts.get("pid", ""))
