"""The control API of the simulated WeChat Pay, under ``/control/wechat/``.

``serial_no`` is what the center sends as out_trade_no, ``refund_serial_no`` its out_refund_no.
Every act answers with the resource as it is afterwards. Acts about splits are in
``split_control``.
"""

from dataclasses import asdict, replace
from typing import Any

from django.urls import path

from gateway.sandbox.callbacks import Callback
from gateway.sandbox.control.acts import SEND_FIELDS, only_one, possible, send_again
from gateway.sandbox.control.door import ControlError, JsonObject, Member, control
from gateway.sandbox.wechat import (
    certificates,
    onboarding,
    payments,
    refunds,
    resources,
    split_control,
)
from gateway.sandbox.wechat.faults import MENU
from gateway.sandbox.wechat.orders import find_order
from gateway.sandbox.wechat.records import Order
from gateway.sandbox.wechat.server import CHANNEL, WechatServer
from gateway.sandbox.world import world

_REFUND_WORDS = {word: status for status, word in resources.REFUND_STATES.items()}
_SIGNING_MODES = ("public_key", "certificate", "mixed")

_OPTIONAL_TEXT = Member((str, type(None)), None)
_WHICH = {"serial_no": Member((str,)), "mchid": _OPTIONAL_TEXT}


def _pay(body: JsonObject) -> JsonObject:
    server, order = _named_order(body)
    details = {"openid": body["openid"] or "", "coupon": body["coupon"] or 0, "late": body["late"]}
    paid = possible(lambda: payments.pay(server, order.key, **details))
    return resources.order_resource(server, paid)


def _fail(body: JsonObject) -> JsonObject:
    server, order = _named_order(body)
    failed = possible(lambda: payments.fail(server, order.key))
    return resources.order_resource(server, failed)


def _show_order(body: JsonObject) -> JsonObject:
    return resources.order_resource(*_named_order(body))


def _refund(body: JsonObject) -> JsonObject:
    if body["state"] not in _REFUND_WORDS:
        raise ControlError(400, "unknown_state", f"state is one of {', '.join(_REFUND_WORDS)}.")
    server = world().wechat
    named = [one for one in server.refunds.all() if one.out_refund_no == body["refund_serial_no"]]
    refund = only_one(named, owner=lambda one: one.mchid, mchid=body["mchid"])
    status = _REFUND_WORDS[body["state"]]
    return resources.refund_resource(
        server, possible(lambda: refunds.move(server, refund.key, status))
    )


def _send_callbacks(body: JsonObject) -> JsonObject:
    server = world().wechat
    callback = _latest_callback(server, body["serial_no"])
    return send_again(server.engine.callbacks, callback, body, MENU)


def _books(_: JsonObject) -> JsonObject:
    return resources.books(world().wechat)


def _register(body: JsonObject) -> JsonObject:
    return possible(lambda: onboarding.register(world().wechat, body))


def _rotate(body: JsonObject) -> JsonObject:
    successor = certificates.rotate(
        world().wechat, effective_in_seconds=body["effective_in_seconds"]
    )
    return {
        "serial_no": successor.serial_no,
        "certificate_pem": successor.certificate_pem,
        "listed": [one.serial_no for one in world().wechat.platform_keys.all()],
    }


def _show_settings(_: JsonObject) -> JsonObject:
    settings = asdict(world().wechat.switches)
    del settings["name"]
    return settings


def _change_settings(body: JsonObject) -> JsonObject:
    server = world().wechat
    changes = {name: value for name, value in body.items() if value is not _UNCHANGED}
    if changes.get("signing_mode", "mixed") not in _SIGNING_MODES:
        raise ControlError(
            400, "unknown_mode", f"signing_mode is one of {', '.join(_SIGNING_MODES)}."
        )
    with server.atomic():
        server.switches = replace(server.switches, **changes)
    return _show_settings({})


def _named_order(body: JsonObject) -> tuple[WechatServer, Order]:
    server = world().wechat
    keys = [f"{merchant.mchid}:{body['serial_no']}" for merchant in server.merchants.all()]
    found = [order for key in keys if (order := find_order(server, key)) is not None]
    return server, only_one(found, owner=lambda one: one.mchid, mchid=body["mchid"])


def _latest_callback(server: WechatServer, subject: str) -> Callback:
    about = server.engine.callbacks.about(CHANNEL, subject)
    if not about:
        raise ControlError(
            409,
            "no_callback",
            "Nothing to send: a callback exists once the order is paid, or once the refund that "
            "named a notify_url is finished.",
        )
    return about[-1]


_UNCHANGED: Any = object()
_SETTING_FIELDS = {
    "refund_finish_seconds": Member((int, type(None)), _UNCHANGED),
    "strict_addresses": Member((bool,), _UNCHANGED),
    "refund_gap": Member((bool,), _UNCHANGED),
    "signing_mode": Member((str,), _UNCHANGED),
    "certificates_available": Member((bool,), _UNCHANGED),
    "payer": Member((str,), _UNCHANGED),
    "split_finish_seconds": Member((int, type(None)), _UNCHANGED),
    "return_finish_seconds": Member((int, type(None)), _UNCHANGED),
    "split_gap": Member((bool,), _UNCHANGED),
    "max_ratio": Member((int,), _UNCHANGED),
}
_MERCHANT_FIELDS = {
    "mchid": _OPTIONAL_TEXT,
    "name": _OPTIONAL_TEXT,
    "appids": Member((list, type(None)), None),
    "sub_merchants": Member((dict, type(None)), None),
    "apiv3_key": _OPTIONAL_TEXT,
    "certificate_pem": _OPTIONAL_TEXT,
}
_PAY_FIELDS = {
    **_WHICH,
    "openid": _OPTIONAL_TEXT,
    "coupon": Member((int, type(None)), None),
    "late": Member((bool,), default=False),
}
_REFUND_FIELDS = {
    "refund_serial_no": Member((str,)),
    "state": Member((str,)),
    "mchid": _OPTIONAL_TEXT,
}
_CALLBACK_FIELDS = {"serial_no": Member((str,)), **SEND_FIELDS}

urlpatterns = [
    path("pay", control(POST=(_pay, _PAY_FIELDS))),
    path("fail", control(POST=(_fail, _WHICH))),
    path("orders/<str:serial_no>", control(GET=(_show_order, _WHICH))),
    path("refunds", control(POST=(_refund, _REFUND_FIELDS))),
    path("callbacks", control(POST=(_send_callbacks, _CALLBACK_FIELDS))),
    path("books", control(GET=(_books, {}))),
    path("merchants", control(POST=(_register, _MERCHANT_FIELDS))),
    path(
        "certificates/rotate",
        control(POST=(_rotate, {"effective_in_seconds": Member((int,), 0)})),
    ),
    path("settings", control(GET=(_show_settings, {}), POST=(_change_settings, _SETTING_FIELDS))),
    *split_control.urlpatterns,
]
