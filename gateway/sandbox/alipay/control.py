"""The control API of the simulated Alipay, under ``/control/alipay/``.

``serial_no`` is what the center sends as out_trade_no, ``refund_serial_no`` its out_request_no;
``mchid`` is the account that takes the money (seller_id). Every act answers with the resource as
it is afterwards. Acts about splits are in ``settle_control``.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from django.urls import path

from gateway.sandbox.alipay import (
    certificates,
    onboarding,
    payments,
    refunds,
    resources,
    settle_control,
)
from gateway.sandbox.alipay.errors import GatewayError
from gateway.sandbox.alipay.faults import MENU
from gateway.sandbox.alipay.links import launch_in
from gateway.sandbox.alipay.login import PAYER_IDS
from gateway.sandbox.alipay.payments import Buyer
from gateway.sandbox.alipay.records import DEFAULT_BUYER_ID, Launch, Refund, Trade
from gateway.sandbox.alipay.server import CHANNEL, AlipayServer
from gateway.sandbox.alipay.trades import find_trade
from gateway.sandbox.callbacks import Callback
from gateway.sandbox.control.acts import SEND_FIELDS, only_one, possible, send_again
from gateway.sandbox.control.door import ControlError, JsonObject, Member, control
from gateway.sandbox.world import world

_ACCOUNT = r"2088[0-9]{12}"
_OPTIONAL_TEXT = Member((str, type(None)), None)
_WHICH = {"serial_no": Member((str,)), "mchid": _OPTIONAL_TEXT}
_LAUNCH = {"launch": _OPTIONAL_TEXT}

_REFUND_ENDS: dict[str, Callable[[AlipayServer, str], Refund]] = {
    "succeeded": refunds.finish,
    "failed": refunds.drop,
    "processing": refunds.hold,
}


def _pay(body: JsonObject) -> JsonObject:
    server = world().alipay
    buyer = Buyer(body["buyer_id"] or "", body["openid"] or "")
    trade = _arrived(server, body)
    paid = possible(
        lambda: payments.pay(server, trade.key, buyer=buyer, coupon=body["coupon"] or 0)
    )
    return resources.trade_resource(server, paid)


def _fail(body: JsonObject) -> JsonObject:
    server = world().alipay
    trade = _arrived(server, body)
    failed = possible(lambda: payments.fail(server, trade.key))
    return resources.trade_resource(server, failed)


def _show_order(body: JsonObject) -> JsonObject:
    server = world().alipay
    known = _named(server, body)
    if isinstance(known, Launch):
        return resources.launch_resource(known)
    return resources.trade_resource(server, known)


def _refund(body: JsonObject) -> JsonObject:
    if body["state"] not in _REFUND_ENDS:
        raise ControlError(400, "unknown_state", f"state is one of {', '.join(_REFUND_ENDS)}.")
    server = world().alipay
    number = body["refund_serial_no"]
    refund = only_one(
        [one for one in server.refunds.all() if one.out_request_no == number],
        owner=lambda one: one.trade_key.partition(":")[0],
        mchid=body["mchid"],
    )
    end = _REFUND_ENDS[body["state"]]
    return resources.refund_resource(server, possible(lambda: end(server, refund.key)))


def _send_callbacks(body: JsonObject) -> JsonObject:
    queue = world().alipay.engine.callbacks
    answer: JsonObject = send_again(queue, _latest_callback(body["serial_no"]), body, MENU)
    return answer


def _books(_: JsonObject) -> JsonObject:
    return resources.books(world().alipay)


def _register(body: JsonObject) -> JsonObject:
    return possible(lambda: onboarding.register(world().alipay, body))


def _renew(body: JsonObject) -> JsonObject:
    server = world().alipay
    app = server.apps.get(body["app_id"])
    if app is None:
        raise ControlError(404, "not_found", f"There is no app {body['app_id']}.")
    renewed = certificates.renew(server, app)
    return {
        "app_id": renewed.app_id,
        "alipay_cert_sn": renewed.alipay_cert_sn,
        "alipay_certificate_pem": renewed.alipay_certificates[renewed.alipay_cert_sn],
    }


def _show_settings(_: JsonObject) -> JsonObject:
    settings = asdict(world().alipay.switches)
    del settings["name"]
    return settings


def _change_settings(body: JsonObject) -> JsonObject:
    server = world().alipay
    changes = {name: value for name, value in body.items() if value is not _UNCHANGED}
    if re.fullmatch(_ACCOUNT, changes.get("payer", DEFAULT_BUYER_ID)) is None:
        raise ControlError(400, "invalid_payer", "payer is 2088 and twelve more digits.")
    if changes.get("payer_id", "user_id") not in PAYER_IDS:
        raise ControlError(400, "unknown_id", f"payer_id is one of {', '.join(PAYER_IDS)}.")
    with server.atomic():
        server.switches = replace(server.switches, **changes)
    return _show_settings({})


def _arrived(server: AlipayServer, body: JsonObject) -> Trade:
    """The trade to pay; the payer comes to it if nobody has yet."""
    known = _launched(server, body) if body["launch"] else _named(server, body)
    if isinstance(known, Launch):
        launch = known
        return possible(lambda: payments.arrive(server, launch))
    return known


def _launched(server: AlipayServer, body: JsonObject) -> Launch:
    """The payer opens the link or order string that was handed to it."""
    try:
        launch = possible(lambda: launch_in(server, body["launch"]))
    except GatewayError as error:
        message = f"The gateway refuses this launch: {error.sub_code}, {error.sub_msg}"
        raise ControlError(409, "not_possible", message) from error
    if launch.wanted.out_trade_no != body["serial_no"]:
        raise ControlError(
            409, "not_possible", f"This launch is about {launch.wanted.out_trade_no}."
        )
    return launch


def _named(server: AlipayServer, body: JsonObject) -> Trade | Launch:
    """The trade of that number, or the code or link that leads to it."""
    number = body["serial_no"]
    sellers = sorted({seller for app in server.apps.all() for seller in app.sellers})
    found = [
        known for seller in sellers if (known := _known(server, f"{seller}:{number}")) is not None
    ]
    if not found:
        raise ControlError(
            404,
            "not_found",
            f"Alipay has seen nothing of {number}. A page, wap or app payment is not sent to it "
            "before the payer opens it: open the link in a browser, or pass the link or order "
            "string as launch.",
        )
    return only_one(found, owner=lambda one: one.wanted.seller_id, mchid=body["mchid"])


def _known(server: AlipayServer, key: str) -> Trade | Launch | None:
    return find_trade(server, key) or server.launch_of(key)


def _latest_callback(subject: str) -> Callback:
    about = world().alipay.engine.callbacks.about(CHANNEL, subject)
    if not about:
        raise ControlError(
            409,
            "no_callback",
            "Nothing to send: a callback exists once a trade that named a notify_url is paid or "
            "closed, or once money of it was returned.",
        )
    return about[-1]


_UNCHANGED: Any = object()
_SETTING_FIELDS = {
    "refund_finish_seconds": Member((int, type(None)), _UNCHANGED),
    "refund_gap": Member((bool,), _UNCHANGED),
    "close_notifications": Member((bool,), _UNCHANGED),
    "payer": Member((str,), _UNCHANGED),
    "payer_id": Member((str,), _UNCHANGED),
    "split_finish_seconds": Member((int, type(None)), _UNCHANGED),
    "max_ratio": Member((int,), _UNCHANGED),
}
_APP_FIELDS = {
    "app_id": _OPTIONAL_TEXT,
    "seller_id": _OPTIONAL_TEXT,
    "name": _OPTIONAL_TEXT,
    "key_mode": _OPTIONAL_TEXT,
    "app_public_key_pem": _OPTIONAL_TEXT,
    "acts_for": Member((dict, type(None)), None),
}
_PAY_FIELDS = {
    **_WHICH,
    **_LAUNCH,
    "buyer_id": _OPTIONAL_TEXT,
    "openid": _OPTIONAL_TEXT,
    "coupon": Member((int, type(None)), None),
}
_REFUND_FIELDS = {
    "refund_serial_no": Member((str,)),
    "state": Member((str,)),
    "mchid": _OPTIONAL_TEXT,
}

urlpatterns = [
    path("pay", control(POST=(_pay, _PAY_FIELDS))),
    path("fail", control(POST=(_fail, {**_WHICH, **_LAUNCH}))),
    path("orders/<str:serial_no>", control(GET=(_show_order, _WHICH))),
    path("refunds", control(POST=(_refund, _REFUND_FIELDS))),
    path(
        "callbacks", control(POST=(_send_callbacks, {"serial_no": Member((str,)), **SEND_FIELDS}))
    ),
    path("books", control(GET=(_books, {}))),
    path("merchants", control(POST=(_register, _APP_FIELDS))),
    path("certificates/renew", control(POST=(_renew, {"app_id": Member((str,))}))),
    path("settings", control(GET=(_show_settings, {}), POST=(_change_settings, _SETTING_FIELDS))),
    *settle_control.urlpatterns,
]
