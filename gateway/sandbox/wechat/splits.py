"""How a split comes to be, and how it ends.

It is accepted first (PROCESSING); what becomes of each share is decided later, by a job on the
virtual clock or by the control API. With its last share a split is finished, and the rest of the
order goes to the payee if it said so. A release is a split without shares.
"""

from dataclasses import replace
from typing import Any

from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.courier import owe_share_callback
from gateway.sandbox.wechat.records import JsonObject, Order
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.split_money import left, receivers_of
from gateway.sandbox.wechat.split_records import MERCHANT, Share, Split, receiver_key

JOB = "wechat.split"


def accept(
    server: WechatServer, order: Order, request: JsonObject, *, content: JsonObject
) -> Split:
    """Take a split or a release on; ``content`` is what a repeat of it must equal."""
    now = server.now()
    split = Split(
        mchid=order.mchid,
        out_order_no=request["out_order_no"],
        order_id=_new_id(server, "3000"),
        order_key=order.key,
        content=content,
        created_at=now,
        unfreezes=content["unfreezes"],
        is_release=not content["receivers"],
    )
    shares = [_new_share(server, split, **one) for one in content["receivers"]]
    rest = left(server, order) - sum(share.amount for share in shares)
    if split.unfreezes and rest:
        description = request.get("description", "解冻给分账方")
        shares.append(_rest_share(server, order, split, rest, description=description))
    for share in shares:
        server.shares.put(share)
    split = server.splits.put(replace(split, detail_ids=[share.detail_id for share in shares]))
    server.orders.put(replace(order, split_nos=[*order.split_nos, split.out_order_no]))
    if server.switches.split_finish_seconds is not None:
        due_at = server.engine.clock.now() + server.switches.split_finish_seconds
        server.engine.agenda.put(JOB, split.key, due_at)
    return split


def finish(server: WechatServer, key: str) -> None:
    """The job that decides every share of a split as its receiver's account has it."""
    with server.atomic():
        split = server.splits.get(key)
        if split is None or split.state == "FINISHED":
            return
        for share in receivers_of(server, split):
            if share.result == "PENDING":
                _settle(server, split, share, _reason_to_fail(server, split, share))
        _complete(server, split)


def hold(server: WechatServer, key: str) -> Split:
    """Keep a split from being decided by itself."""
    with server.atomic():
        split = _undecided(server, key)
        server.engine.agenda.remove(JOB, key)
        return split


def decide(server: WechatServer, key: str, *, account: str | None, fail_reason: str) -> Split:
    """Decide the share of ``account``, or every one left; a blank reason lets it succeed.

    With its last share the split is finished. Raises NotPossible when there is nothing to decide.
    """
    with server.atomic():
        split = _undecided(server, key)
        if split.is_release and fail_reason:
            raise NotPossible("A release has no receiver that could fail; let it succeed.")
        server.engine.agenda.remove(JOB, key)
        pending = [one for one in receivers_of(server, split) if one.result == "PENDING"]
        chosen = [one for one in pending if account in (None, one.account)]
        if not chosen and not split.is_release:
            raise NotPossible("No share of that account waits to be decided.")
        for share in chosen:
            _settle(server, split, share, fail_reason)
        if len(chosen) == len(pending):
            return _complete(server, split)
        return split


def _new_share(server: WechatServer, split: Split, **members: Any) -> Share:
    detail_id = _new_id(server, "3601")
    return Share(detail_id, split_key=split.key, created_at=split.created_at, **members)


def _rest_share(
    server: WechatServer, order: Order, split: Split, amount: int, *, description: str
) -> Share:
    """The payee itself stands among the receivers of what it released."""
    return _new_share(
        server,
        split,
        type=MERCHANT,
        account=order.payee,
        amount=amount,
        description=description,
        is_rest=True,
    )


def _reason_to_fail(server: WechatServer, split: Split, share: Share) -> str:
    payee = server.order_of(split).payee
    if server.receivers.get(receiver_key(payee, share.type, share.account)) is None:
        return "NO_RELATION"
    return server.account_of(share.account).fail_reason


def _settle(server: WechatServer, split: Split, share: Share, fail_reason: str) -> None:
    result = "CLOSED" if fail_reason else "SUCCESS"
    settled = replace(share, result=result, fail_reason=fail_reason, finished_at=server.now())
    server.shares.put(settled)
    if not fail_reason:
        owe_share_callback(server, split, settled, event="PROFITSHARING.SUCCESS")


def _complete(server: WechatServer, split: Split) -> Split:
    """End a split whose shares are decided; money of failed ones is released with the rest."""
    order = server.order_of(split)
    now, released = server.now(), left(server, order) if split.unfreezes else 0
    lines = [share for share in server.shares_of(split) if share.is_rest]
    if split.unfreezes and released and not lines:
        lines = [_rest_share(server, order, split, released, description="解冻给分账方")]
        split = replace(split, detail_ids=[*split.detail_ids, lines[0].detail_id])
    for line in lines:
        server.shares.put(replace(line, amount=released, result="SUCCESS", finished_at=now))
    if split.unfreezes:
        server.orders.put(replace(order, released_at=order.released_at or now))
    return server.splits.put(replace(split, state="FINISHED", finished_at=now, released=released))


def _undecided(server: WechatServer, key: str) -> Split:
    split = server.splits.get(key)
    if split is None:
        raise NotPossible("There is no such split.")
    if split.state == "FINISHED":
        raise NotPossible(
            "The split is finished already. To decide shares yourself, set split_finish_seconds to "
            "null in the settings before they are made."
        )
    return split


def _new_id(server: WechatServer, prefix: str) -> str:
    """29 digits that carry the day."""
    number = server.next_number("sharing")
    return f"{prefix}000000{times.compact(server.now())[:8]}{number:011d}"
