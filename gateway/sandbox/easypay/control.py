"""The control API of the simulated EasyPay platform, under ``/control/easypay/``.

``serial_no`` is what the center sends as out_trade_no, ``refund_serial_no`` its out_refund_no (V1:
whatever number it sent along). Every act answers with the resource as it is afterwards.
"""

from dataclasses import asdict, replace
from typing import Any

from django.urls import path

from gateway.sandbox.control.acts import SEND_FIELDS, only_one, possible, send_again
from gateway.sandbox.control.door import ControlError, JsonObject, Member, control
from gateway.sandbox.easypay import onboarding, payments, refunds, resources
from gateway.sandbox.easypay.errors import ApiError, PageError
from gateway.sandbox.easypay.faults import MENU
from gateway.sandbox.easypay.records import Order
from gateway.sandbox.easypay.server import CHANNEL, EasypayServer
from gateway.sandbox.easypay.submission import open_link
from gateway.sandbox.world import world

_REFUND_STATES = {"succeeded": True, "failed": False}
_SETTING_CHOICES = {
    "callback_method": ("GET", "POST"),
    "callback_money": ("short", "two", "four"),
    "pay_form": (None, "payurl", "qrcode", "urlscheme", "html"),
}

_OPTIONAL_TEXT = Member((str, type(None)), None)
_WHICH = {"serial_no": Member((str,)), "mchid": _OPTIONAL_TEXT}


def _pay(body: JsonObject) -> JsonObject:
    server = world().easypay
    if body["launch"]:
        _launch(server, body["launch"])
    order = _named_order(server, body)
    paid = possible(lambda: payments.pay(server, order.trade_no))
    return resources.order_resource(server, paid)


def _fail(body: JsonObject) -> JsonObject:
    server = world().easypay
    order = _named_order(server, body)
    failed = possible(lambda: payments.fail(server, order.trade_no))
    return resources.order_resource(server, failed)


def _show_order(body: JsonObject) -> JsonObject:
    server = world().easypay
    return resources.order_resource(server, _named_order(server, body))


def _refund(body: JsonObject) -> JsonObject:
    if body["state"] not in _REFUND_STATES:
        raise ControlError(
            400,
            "unknown_state",
            "state is succeeded or failed: refunds of this platform end at once, none is under "
            "way. To let one fail from the start, switch the fault refund_fails on.",
        )
    server = world().easypay
    named = [one for one in server.refunds.all() if one.serial_no == body["refund_serial_no"]]
    chosen = only_one(named, owner=lambda one: one.pid, mchid=body["mchid"])
    refund = possible(
        lambda: refunds.decide(server, chosen.refund_no, succeeded=_REFUND_STATES[body["state"]])
    )
    return resources.refund_resource(refund, refunds.order_of(server, refund))


def _send_callbacks(body: JsonObject) -> JsonObject:
    server = world().easypay
    order = _named_order(server, body)
    about = server.engine.callbacks.about(CHANNEL, order.trade_no)
    if not about:
        raise ControlError(
            409, "no_callback", "Nothing to send: a callback exists once the order is paid."
        )
    return send_again(server.engine.callbacks, about[-1], body, MENU)


def _books(_: JsonObject) -> JsonObject:
    return resources.books(world().easypay)


def _register(body: JsonObject) -> JsonObject:
    return possible(lambda: onboarding.register(world().easypay, body))


def _change_profile(body: JsonObject) -> JsonObject:
    changes = {name: value for name, value in body.items() if name != "pid"}
    return possible(lambda: onboarding.change_profile(world().easypay, body["pid"], changes))


def _show_settings(_: JsonObject) -> JsonObject:
    settings = asdict(world().easypay.switches)
    del settings["name"]
    return settings


def _change_settings(body: JsonObject) -> JsonObject:
    server = world().easypay
    changes = {name: value for name, value in body.items() if value is not _UNCHANGED}
    for name, choices in _SETTING_CHOICES.items():
        if changes.get(name, choices[0]) not in choices:
            known = ", ".join(str(choice) for choice in choices)
            raise ControlError(400, "unknown_choice", f"{name} is one of {known}.")
    with server.atomic():
        server.switches = replace(server.switches, **changes)
    return _show_settings({})


def _launch(server: EasypayServer, link: str) -> None:
    """Open the link as the payer's browser would."""
    try:
        possible(lambda: open_link(server, link))
    except (ApiError, PageError) as error:
        message = f"The platform refuses the link: {error}."
        raise ControlError(409, "launch_refused", message) from error


def _named_order(server: EasypayServer, body: JsonObject) -> Order:
    number, mchid = body["serial_no"], body["mchid"]
    numbers = [(one.pid, number) for one in server.merchants.all()]
    found = [order for one in numbers if (order := server.order_by_number(*one)) is not None]
    if not found:
        raise ControlError(
            404,
            "not_found",
            "The platform does not know this number. A payment by submit.php reaches it only when "
            "the payer opens the link: open it, or pass it to pay as launch.",
        )
    return only_one(found, owner=lambda one: one.pid, mchid=mchid)


_UNCHANGED: Any = object()
_SETTING_FIELDS = {
    "hide_names": Member((bool,), _UNCHANGED),
    "callback_method": Member((str,), _UNCHANGED),
    "callback_money": Member((str,), _UNCHANGED),
    "largest_amount": Member((int,), _UNCHANGED),
    "pay_form": Member((str, type(None)), _UNCHANGED),
}
_PROFILE_FIELDS = {
    "key_suffix": _OPTIONAL_TEXT,
    "refund_success": Member((int, type(None)), None),
    "rsa_only": Member((bool, type(None)), None),
    "refunds_enabled": Member((bool, type(None)), None),
}
_MERCHANT_FIELDS = {
    "pid": _OPTIONAL_TEXT,
    "name": _OPTIONAL_TEXT,
    "key": _OPTIONAL_TEXT,
    "public_key_pem": _OPTIONAL_TEXT,
    **_PROFILE_FIELDS,
}
_REFUND_FIELDS = {
    "refund_serial_no": Member((str,)),
    "state": Member((str,)),
    "mchid": _OPTIONAL_TEXT,
}

urlpatterns = [
    path("pay", control(POST=(_pay, {**_WHICH, "launch": _OPTIONAL_TEXT}))),
    path("fail", control(POST=(_fail, _WHICH))),
    path("orders/<str:serial_no>", control(GET=(_show_order, _WHICH))),
    path("refunds", control(POST=(_refund, _REFUND_FIELDS))),
    path("callbacks", control(POST=(_send_callbacks, {**_WHICH, **SEND_FIELDS}))),
    path("books", control(GET=(_books, {}))),
    path("merchants", control(POST=(_register, _MERCHANT_FIELDS))),
    path(
        "merchants/<str:pid>",
        control(POST=(_change_profile, {"pid": Member((str,)), **_PROFILE_FIELDS})),
    ),
    path("settings", control(GET=(_show_settings, {}), POST=(_change_settings, _SETTING_FIELDS))),
]
