"""Links and order strings: signed by the merchant, carried by the payer, never sent to us before.

alipay.trade.page.pay and wap.pay come as a browser's request to gateway.do, alipay.trade.app.pay
as the order string a phone app hands over. Each holds until its time_expire.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop as _

from gateway.sandbox.alipay import authorization, fields
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.errors import invalid
from gateway.sandbox.alipay.fields import Field
from gateway.sandbox.alipay.offers import APP_PAY, DAY, PAGE_PAY, WAP_PAY, read_offer
from gateway.sandbox.alipay.payments import arrive
from gateway.sandbox.alipay.records import Launch
from gateway.sandbox.alipay.request import GatewayRequest, read_request
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.alipay.trade_calls import CODE_URL
from gateway.sandbox.refusal import NotPossible

LINKS: Mapping[str, Mapping[str, Field]] = {
    PAGE_PAY: fields.PAGE_PAY,
    WAP_PAY: fields.WAP_PAY,
    APP_PAY: fields.APP_PAY,
}
_LIFETIME_SECONDS = 15 * DAY


def open_link(server: AlipayServer, request: GatewayRequest) -> Launch:
    """Check a link as the gateway does and remember it; the same link is remembered once.

    A page link makes the trade right away, the others wait until the payer confirms. Raises
    GatewayError for a link that is not genuine or says what nobody could pay, NotPossible for a
    trade that cannot be paid any more.
    """
    app = authorization.known_app(server, request)
    authorization.authenticate(server, app, request)
    authorization.check_common_parameters(request, tolerance_seconds=_LIFETIME_SECONDS)
    if request.get("method") not in LINKS:
        raise invalid("invalid-method", "不存在的方法名")
    call = Call(server, app, authorization.principal(app, request), request)
    offer = read_offer(call, LINKS[request.get("method")])
    now = server.now()
    with server.atomic():
        token = hashlib.sha256(request.get("sign").encode()).hexdigest()[:32]
        launch = server.launches.get(token) or Launch(
            token=token,
            offer=asdict(offer),
            created_at=now,
            expires_at=offer.time_expire or now + _LIFETIME_SECONDS,
        )
        server.remember_launch(launch)
        if offer.method == PAGE_PAY:
            arrive(server, launch)
    return launch


def launch_in(server: AlipayServer, text: str) -> Launch:
    """What a payer's phone makes of a code's content, an order string or a link.

    Raises NotPossible for an unknown code, else as ``open_link``.
    """
    text = text.strip()
    if "sign=" in text:
        query = urlsplit(text).query if text.startswith(("http://", "https://")) else text
        return open_link(server, read_request(query.encode()))
    launch = server.launches.get(text.removeprefix(CODE_URL))
    if launch is None:
        raise NotPossible(_("This code is unknown."))
    return launch
