"""Returns of shares: a merchant gives a part of what it got back to the payee.

Mostly the answer tells the end already; a setup may let it wait. The number is the key.
"""

from dataclasses import replace

from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.wechat import split_fields as fields
from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.courier import owe_share_callback
from gateway.sandbox.wechat.errors import ApiError, param_error
from gateway.sandbox.wechat.order_rules import DAY
from gateway.sandbox.wechat.records import JsonObject
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.split_documents import return_document
from gateway.sandbox.wechat.split_money import receivers_of
from gateway.sandbox.wechat.split_records import ShareReturn, Split
from gateway.sandbox.wechat.split_rules import check_returnable

JOB = "wechat.split_return"

_LONGEST_SECONDS = 5 * DAY
_CONTENT = ("return_mchid", "amount", "description")


def create(call: Call) -> JsonObject:
    """Accept a return, or answer with the one that has this number already."""
    request = call.read_body(fields.RETURN)
    call.payee_in(request)
    if ("order_id" in request) == ("out_order_no" in request):
        raise param_error("order_id 和 out_order_no 必须且只能传其一")
    server = call.server
    with server.atomic():
        split = _named_split(call, request)
        known = server.share_returns.get(f"{call.merchant.mchid}:{request['out_return_no']}")
        if known is None:
            check_returnable(server, split, request)
            known = _accept(server, split, request)
        elif known.split_key != split.key or any(
            getattr(known, name) != request[name] for name in _CONTENT
        ):
            raise param_error("回退请求与原请求不一致", field="/body/out_return_no")
        return _document(server, split, find_return(server, known.key) or known)


def query(call: Call, *, out_return_no: str) -> JsonObject:
    """A return by the merchant's number."""
    call.read_path(fields.OUT_RETURN_NO, "out_return_no", out_return_no)
    asked = dict(call.read_query(fields.RETURN_QUERY))
    call.payee_in(asked)
    server = call.server
    with server.atomic():
        split = _named_split(call, asked)
        known = find_return(server, f"{call.merchant.mchid}:{out_return_no}")
        if known is None or known.split_key != split.key:
            raise ApiError(404, "RESOURCE_NOT_EXISTS", "记录不存在")
        return _document(server, split, known)


def find_return(server: WechatServer, key: str) -> ShareReturn | None:
    """The return as of now: one that waited for five days has failed."""
    with server.atomic():
        back = server.share_returns.get(key)
        waits = back is not None and back.result == "PROCESSING"
        if back and waits and server.now() >= back.created_at + _LONGEST_SECONDS:
            return _end(server, back, "TIME_OUT_CLOSED")
        return back


def finish(server: WechatServer, key: str) -> None:
    """The job that ends a return as the receiver's account has it."""
    with server.atomic():
        back = server.share_returns.get(key)
        if back is not None and back.result == "PROCESSING":
            _end(server, back, server.account_of(back.return_mchid).fail_reason)


def decide(server: WechatServer, key: str, *, fail_reason: str) -> ShareReturn:
    """End a return that waits; a blank reason lets it succeed. Raises NotPossible."""
    with server.atomic():
        return _end(server, _waiting(server, key), fail_reason)


def hold(server: WechatServer, key: str) -> ShareReturn:
    """Keep a return from ending by itself before its time is over."""
    with server.atomic():
        back = _waiting(server, key)
        server.engine.agenda.remove(JOB, key)
        return back


def split_of(server: WechatServer, back: ShareReturn) -> Split:
    """The split a return belongs to."""
    split = server.splits.get(back.split_key)
    if split is None:
        raise LookupError("splits are never removed before their returns")
    return split


def _named_split(call: Call, asked: JsonObject) -> Split:
    if "out_order_no" in asked:
        found = call.server.splits.get(f"{call.merchant.mchid}:{asked['out_order_no']}")
    else:
        own = (one for one in call.server.splits.all() if one.mchid == call.merchant.mchid)
        found = next((one for one in own if one.order_id == asked["order_id"]), None)
    if found is None or call.server.order_of(found).sub_mchid != asked.get("sub_mchid", ""):
        raise ApiError(404, "RESOURCE_NOT_EXISTS", "记录不存在")
    return found


def _accept(server: WechatServer, split: Split, request: JsonObject) -> ShareReturn:
    now = server.now()
    number = server.next_number("sharing")
    back = ShareReturn(
        mchid=split.mchid,
        out_return_no=request["out_return_no"],
        return_id=f"3008000000{times.compact(now)[:8]}{number:011d}",
        split_key=split.key,
        created_at=now,
        **{name: request[name] for name in _CONTENT},
    )
    server.share_returns.put(back)
    server.splits.put(replace(split, return_nos=[*split.return_nos, back.out_return_no]))
    delay = server.switches.return_finish_seconds
    if delay == 0:
        finish(server, back.key)
    elif delay is not None:
        server.engine.agenda.put(JOB, back.key, server.engine.clock.now() + delay)
    return back


def _end(server: WechatServer, back: ShareReturn, fail_reason: str) -> ShareReturn:
    server.engine.agenda.remove(JOB, back.key)
    result = "FAILED" if fail_reason else "SUCCESS"
    ended = replace(back, result=result, fail_reason=fail_reason, finished_at=server.now())
    server.share_returns.put(ended)
    if not fail_reason:
        split = split_of(server, ended)
        (share,) = (one for one in receivers_of(server, split) if one.account == ended.return_mchid)
        moved = replace(share, amount=ended.amount, finished_at=ended.finished_at)
        owe_share_callback(server, split, moved, event="PROFITSHARING.RETURN")
    return ended


def _waiting(server: WechatServer, key: str) -> ShareReturn:
    back = find_return(server, key)
    if back is None:
        raise NotPossible("There is no such return.")
    if back.result != "PROCESSING":
        raise NotPossible(
            "The return has ended already. To decide returns yourself, set return_finish_seconds "
            "to null in the settings before they are made."
        )
    return back


def _document(server: WechatServer, split: Split, back: ShareReturn) -> JsonObject:
    return return_document(server.order_of(split), split, back)
