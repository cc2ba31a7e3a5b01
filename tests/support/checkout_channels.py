"""Channels that can be paid on a checkout page: a way for each browser, and a login of their own.

On a computer the one shows a code and the other opens its page, on a phone both open a page, and in
its own app each pays where the page is, once its login has told who the payer is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import urlencode

from gateway.contract import Transport
from gateway.messages import (
    Action,
    ActionType,
    Browser,
    ChannelAccount,
    InvokeMethod,
    Operation,
    Outcome,
    Payer,
    PayerIdentity,
    PayRequest,
    PayResult,
)
from tests.support.fake_channel import FakeChannel, PageFakeChannel

LOGIN = "https://login.test/authorize"
PAGE = "https://channel.test/pay"


class _WithLogin(FakeChannel):
    """Knows who logs in: the code ``of-somebody`` is that of ``somebody``."""

    def login_url(self, account: ChannelAccount, *, redirect_uri: str, state: str) -> str:
        """Say where the login is."""
        query = {"appid": account.appid, "redirect_uri": redirect_uri, "state": state}
        return f"{LOGIN}?{urlencode(query)}"

    def identify(self, account: ChannelAccount, code: str, transport: Transport) -> PayerIdentity:
        """Say whose code this is."""
        del account, transport
        scripted = self._called(Operation.IDENTIFY, "", code)
        if isinstance(scripted, PayerIdentity):
            return scripted
        return PayerIdentity(Outcome.SUCCEEDED, self.payer_named(code.removeprefix("of-")))

    def payer_named(self, name: str) -> Payer:
        """Return a payer as this channel knows one."""
        return Payer(openid=name)


class CodeFakeChannel(_WithLogin):
    """Like WeChat Pay: a code on a computer, for the method ``pc`` too, which has no page."""

    label = "Code Pay"
    methods: ClassVar[Mapping[InvokeMethod, str]] = MappingProxyType(
        {
            InvokeMethod.QR_CODE: "native",
            InvokeMethod.PC: "native",
            InvokeMethod.WAP: "h5",
            InvokeMethod.OFFICIAL_ACCOUNT: "jsapi",
            InvokeMethod.MINI_PROGRAM: "jsapi",
        }
    )
    checkout_methods = MappingProxyType(
        {
            Browser.WECHAT: InvokeMethod.OFFICIAL_ACCOUNT,
            Browser.PHONE: InvokeMethod.WAP,
            Browser.PC: InvokeMethod.QR_CODE,
        }
    )
    hosted_methods = frozenset({InvokeMethod.PC})
    login_code = "code"

    def missing_payer_field(self, method: InvokeMethod, given: frozenset[str]) -> str | None:
        """Inside the app the payer must be known, elsewhere on a phone the address."""
        needed = {
            InvokeMethod.OFFICIAL_ACCOUNT: "openid",
            InvokeMethod.MINI_PROGRAM: "openid",
            InvokeMethod.WAP: "client_ip",
        }.get(method)
        return None if needed in given else needed

    def take(self, request: PayRequest, *, mchid: str, appid: str) -> PayResult:
        """Book the payment, and start it as its method wants."""
        booked = super().take(request, mchid=mchid, appid=appid)
        if request.invoke_method == InvokeMethod.WAP:
            page = {"url": f"{PAGE}/{request.serial_no}"}
            return PayResult(Outcome.PENDING, Action(ActionType.REDIRECT, page))
        if request.payer.openid:
            params = {"appId": appid, "package": f"prepay_id={request.serial_no}"}
            return PayResult(Outcome.PENDING, Action(ActionType.WECHAT_JSAPI, params))
        return booked


class LinkFakeChannel(_WithLogin, PageFakeChannel):
    """Like Alipay: its pages are only links, which need no request."""

    label = "Link Pay"
    methods: ClassVar[Mapping[InvokeMethod, str]] = MappingProxyType(
        {
            InvokeMethod.PC: "page.pay",
            InvokeMethod.WAP: "wap.pay",
            InvokeMethod.MINI_PROGRAM: "create",
            InvokeMethod.QR_CODE: "precreate",
        }
    )
    checkout_methods = MappingProxyType(
        {
            Browser.ALIPAY: InvokeMethod.MINI_PROGRAM,
            Browser.PHONE: InvokeMethod.WAP,
            Browser.PC: InvokeMethod.PC,
        }
    )
    local_launch = frozenset({InvokeMethod.PC, InvokeMethod.WAP})
    login_code = "auth_code"

    def missing_payer_field(self, method: InvokeMethod, given: frozenset[str]) -> str | None:
        """Inside the app the payer must be known."""
        needed = method == InvokeMethod.MINI_PROGRAM and "buyer_open_id" not in given
        return "buyer_open_id" if needed else None

    def payer_named(self, name: str) -> Payer:
        """Return a payer as this channel knows one."""
        return Payer(buyer_open_id=name)

    def pay(self, account: ChannelAccount, request: PayRequest, transport: Transport) -> PayResult:
        """Make a link that names the way back, as Alipay's does."""
        result = super().pay(account, request, transport)
        if result.action is None or result.action.type != ActionType.REDIRECT:
            return result
        url = f"{PAGE}/{request.serial_no}?{urlencode({'return_url': request.return_url})}"
        return PayResult(Outcome.PENDING, Action(ActionType.REDIRECT, {"url": url}))

    def take(self, request: PayRequest, *, mchid: str, appid: str) -> PayResult:
        """Book the payment; inside the app its number is enough to start it."""
        booked = super().take(request, mchid=mchid, appid=appid)
        if request.invoke_method != InvokeMethod.MINI_PROGRAM:
            return booked
        trade = {"trade_no": f"2026{request.serial_no}"}
        return PayResult(Outcome.PENDING, Action(ActionType.ALIPAY_TRADE, trade))
