"""The control API of the simulated WeChat Pay about splits, under ``/control/wechat/``.

``split_serial_no`` is what the center sends as out_order_no, for splits and for releases;
``return_serial_no`` its out_return_no. Every act answers with the resource as it is afterwards.
"""

from dataclasses import asdict

from django.urls import path

from gateway.sandbox.control.acts import only_one, possible
from gateway.sandbox.control.door import ControlError, JsonObject, Member, control
from gateway.sandbox.wechat import receivers, split_resources, split_returns, splits
from gateway.sandbox.wechat.split_records import FAIL_REASONS, RETURN_FAIL_REASONS
from gateway.sandbox.world import world

_STATES = ("succeeded", "failed", "processing")
_UNCHANGED = object()
_OPTIONAL_TEXT = Member((str, type(None)), None)


def _split(body: JsonObject) -> JsonObject:
    server = world().wechat
    named = [one for one in server.splits.all() if one.out_order_no == body["split_serial_no"]]
    split = only_one(named, owner=lambda one: one.mchid, mchid=body["mchid"])
    reason = _reason(body, FAIL_REASONS)
    if body["state"] == "processing":
        held = possible(lambda: splits.hold(server, split.key))
        return split_resources.split_resource(server, held)
    decided = possible(
        lambda: splits.decide(server, split.key, account=body["account"], fail_reason=reason)
    )
    return split_resources.split_resource(server, decided)


def _return(body: JsonObject) -> JsonObject:
    server = world().wechat
    number = body["return_serial_no"]
    named = [one for one in server.share_returns.all() if one.out_return_no == number]
    back = only_one(named, owner=lambda one: one.mchid, mchid=body["mchid"])
    reason = _reason(body, RETURN_FAIL_REASONS)
    if body["state"] == "processing":
        held = possible(lambda: split_returns.hold(server, back.key))
        return split_resources.return_resource(server, held)
    ended = possible(lambda: split_returns.decide(server, back.key, fail_reason=reason))
    return split_resources.return_resource(server, ended)


def _set_up_receiver(body: JsonObject) -> JsonObject:
    changes = {
        name: "" if value is None else value
        for name, value in body.items()
        if name != "account" and value is not _UNCHANGED
    }
    return asdict(possible(lambda: receivers.set_up(world().wechat, body["account"], changes)))


def _reason(body: JsonObject, known: tuple[str, ...]) -> str:
    """Why it fails, blank unless it does."""
    if body["state"] not in _STATES:
        raise ControlError(400, "unknown_state", f"state is one of {', '.join(_STATES)}.")
    if body["state"] != "failed":
        return ""
    reason: str = body["fail_reason"] or known[0]
    if reason not in known:
        raise ControlError(400, "unknown_reason", f"fail_reason is one of {', '.join(known)}.")
    return reason


_DECISION = {"state": Member((str,)), "fail_reason": _OPTIONAL_TEXT, "mchid": _OPTIONAL_TEXT}
_ACCOUNT_FIELDS = {
    "account": Member((str,)),
    "name": Member((str, type(None)), _UNCHANGED),
    "fail_reason": Member((str, type(None)), _UNCHANGED),
    "refuses_returns": Member((bool,), _UNCHANGED),
    "notify_url": Member((str, type(None)), _UNCHANGED),
}

urlpatterns = [
    path(
        "splits",
        control(
            POST=(
                _split,
                {"split_serial_no": Member((str,)), "account": _OPTIONAL_TEXT, **_DECISION},
            )
        ),
    ),
    path("returns", control(POST=(_return, {"return_serial_no": Member((str,)), **_DECISION}))),
    path("receivers", control(POST=(_set_up_receiver, _ACCOUNT_FIELDS))),
]
