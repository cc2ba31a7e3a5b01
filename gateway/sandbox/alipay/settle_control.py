"""The control API of the simulated Alipay about splits, under ``/control/alipay/``.

``split_serial_no`` is what the center sends as out_request_no. Every act answers with the resource
as it is afterwards.
"""

from dataclasses import asdict, replace

from django.urls import path

from gateway.sandbox.alipay import settle_resources, settlements
from gateway.sandbox.alipay.settle_records import FAIL_REASONS, AppGateway
from gateway.sandbox.control.acts import only_one, possible
from gateway.sandbox.control.door import ControlError, JsonObject, Member, control
from gateway.sandbox.world import world

_STATES = ("succeeded", "failed", "processing")
_UNCHANGED = object()
_OPTIONAL_TEXT = Member((str, type(None)), None)


def _split(body: JsonObject) -> JsonObject:
    server = world().alipay
    number = body["split_serial_no"]
    named = [one for one in server.settlements.all() if one.out_request_no == number]
    found = only_one(named, owner=lambda one: one.seller_id, mchid=body["mchid"])
    if body["state"] not in _STATES:
        raise ControlError(400, "unknown_state", f"state is one of {', '.join(_STATES)}.")
    if body["state"] == "processing":
        held = possible(lambda: settlements.hold(server, found.key))
        return settle_resources.settlement_resource(server, held)
    reason = (body["fail_reason"] or FAIL_REASONS[0]) if body["state"] == "failed" else ""
    _check_reason(reason)
    decided = possible(
        lambda: settlements.decide(server, found.key, account=body["account"], fail_reason=reason)
    )
    return settle_resources.settlement_resource(server, decided)


def _set_up_receiver(body: JsonObject) -> JsonObject:
    server = world().alipay
    changes: JsonObject = {
        name: "" if value is None else value
        for name, value in body.items()
        if name != "account" and value is not _UNCHANGED
    }
    _check_reason(changes.get("fail_reason", ""))
    with server.atomic():
        present = server.royalty_account(body["account"])
        return asdict(server.royalty_accounts.put(replace(present, **changes)))


def _set_gateway(body: JsonObject) -> JsonObject:
    server = world().alipay
    if server.apps.get(body["app_id"]) is None:
        raise ControlError(404, "not_found", f"There is no app {body['app_id']}.")
    return asdict(server.app_gateways.put(AppGateway(body["app_id"], body["url"])))


def _check_reason(reason: str) -> None:
    if reason and reason not in FAIL_REASONS:
        known = ", ".join(FAIL_REASONS)
        raise ControlError(400, "unknown_reason", f"fail_reason is one of {known}.")


_SPLIT_FIELDS = {
    "split_serial_no": Member((str,)),
    "account": _OPTIONAL_TEXT,
    "state": Member((str,)),
    "fail_reason": _OPTIONAL_TEXT,
    "mchid": _OPTIONAL_TEXT,
}
_ACCOUNT_FIELDS = {
    "account": Member((str,)),
    "name": Member((str, type(None)), _UNCHANGED),
    "fail_reason": Member((str, type(None)), _UNCHANGED),
    "refuses_returns": Member((bool,), _UNCHANGED),
}

urlpatterns = [
    path("splits", control(POST=(_split, _SPLIT_FIELDS))),
    path("receivers", control(POST=(_set_up_receiver, _ACCOUNT_FIELDS))),
    path(
        "gateway",
        control(POST=(_set_gateway, {"app_id": Member((str,)), "url": Member((str,))})),
    ),
]
