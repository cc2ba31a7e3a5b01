"""How a settlement comes to be, and how it ends.

In the mode sync all its shares succeed or none does, mostly before it is answered; in the mode
async each share is decided for itself, a little later, and the app is told by a message.
"""

from dataclasses import replace

from gateway.sandbox.alipay import times
from gateway.sandbox.alipay.courier import owe_settlement_message
from gateway.sandbox.alipay.errors import failed
from gateway.sandbox.alipay.records import JsonObject, Trade
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.alipay.settle_documents import share_document
from gateway.sandbox.alipay.settle_money import left
from gateway.sandbox.alipay.settle_records import SYNC, RoyaltyShare, Settlement
from gateway.sandbox.refusal import NotPossible

JOB = "alipay.settlement"


def accept(
    server: AlipayServer, trade: Trade, *, out_request_no: str, app_id: str, content: JsonObject
) -> Settlement:
    """Take a settlement on; raises GatewayError for one that fails at once, in the mode sync."""
    now, delay = server.now(), _delay(server, content)
    settlement = Settlement(
        seller_id=trade.wanted.seller_id,
        out_request_no=out_request_no,
        settle_no=_new_number(server, "settle"),
        trade_key=trade.key,
        app_id=app_id,
        content=content,
        created_at=now,
    )
    shares = [_new_share(server, settlement, share) for share in content["shares"]]
    reason = _reason_for_all(server, shares)
    if reason and delay == 0:
        raise failed(reason, "分账失败")
    for share in shares:
        server.royalty_shares.put(share)
    detail_ids = [share.detail_id for share in shares]
    settlement = server.settlements.put(replace(settlement, detail_ids=detail_ids))
    server.trades.put(replace(trade, settlement_nos=[*trade.settlement_nos, out_request_no]))
    if delay == 0:
        finish(server, settlement.key)
    elif delay is not None:
        server.engine.agenda.put(JOB, settlement.key, now + delay)
    return settlement


def finish(server: AlipayServer, key: str) -> None:
    """Decide every share of a settlement as its receivers' accounts have it."""
    with server.atomic():
        settlement = server.settlements.get(key)
        if settlement is None or settlement.finished_at:
            return
        shares = server.shares_of(settlement)
        for share in shares:
            if share.state == "PROCESSING":
                own = server.royalty_account(share.trans_in).fail_reason
                reason = _reason_for_all(server, shares) if settlement.mode == SYNC else own
                _settle(server, share, reason)
        _complete(server, settlement)


def hold(server: AlipayServer, key: str) -> Settlement:
    """Keep a settlement from being decided by itself."""
    with server.atomic():
        settlement = _undecided(server, key)
        server.engine.agenda.remove(JOB, key)
        return settlement


def decide(server: AlipayServer, key: str, *, account: str | None, fail_reason: str) -> Settlement:
    """Decide the share of ``account``, or every one left; a blank reason lets it succeed.

    In the mode sync that decides them all. Raises NotPossible when there is nothing to decide.
    """
    with server.atomic():
        settlement = _undecided(server, key)
        server.engine.agenda.remove(JOB, key)
        pending = [one for one in server.shares_of(settlement) if one.state == "PROCESSING"]
        chosen = [one for one in pending if account in (None, one.trans_in)]
        if not chosen:
            raise NotPossible("No share of that account waits to be decided.")
        chosen = pending if settlement.mode == SYNC else chosen
        for share in chosen:
            _settle(server, share, fail_reason)
        if len(chosen) == len(pending):
            return _complete(server, settlement)
        return settlement


def _delay(server: AlipayServer, content: JsonObject) -> int | None:
    """Virtual seconds until the shares are decided; a release alone has none to wait for."""
    seconds = server.switches.split_finish_seconds
    if not content["shares"]:
        return 0
    return seconds if content["mode"] == SYNC or seconds is None else max(seconds, 1)


def _new_share(server: AlipayServer, settlement: Settlement, wanted: JsonObject) -> RoyaltyShare:
    return RoyaltyShare(
        detail_id=_new_number(server, "royalty"),
        settlement_key=settlement.key,
        trans_in_type=wanted["trans_in_type"],
        trans_in=wanted["trans_in"],
        amount=wanted["amount"],
        desc=wanted["desc"],
    )


def _reason_for_all(server: AlipayServer, shares: list[RoyaltyShare]) -> str:
    """Why none of the shares can succeed, if one account fails; blank if they all can."""
    reasons = (server.royalty_account(share.trans_in).fail_reason for share in shares)
    return next(filter(None, reasons), "")


def _settle(server: AlipayServer, share: RoyaltyShare, fail_reason: str) -> None:
    state = "FAIL" if fail_reason else "SUCCESS"
    server.royalty_shares.put(
        replace(share, state=state, fail_reason=fail_reason, executed_at=server.now())
    )


def _complete(server: AlipayServer, settlement: Settlement) -> Settlement:
    """End a settlement whose shares are decided; it releases nothing if it failed as a whole."""
    now, trade = server.now(), server.trade_of(settlement)
    shares = server.shares_of(settlement)
    succeeded = not shares or any(share.state == "SUCCESS" for share in shares)
    frees = settlement.releases and succeeded and trade.wanted.is_for_sharing
    released = left(server, trade) if frees else 0
    if frees:
        server.trades.put(replace(trade, released_at=now))
    if shares and settlement.mode != SYNC:
        told = [share_document(trade, share) for share in shares]
        owe_settlement_message(server, settlement, trade, told)
    return server.settlements.put(replace(settlement, finished_at=now, released=released))


def _undecided(server: AlipayServer, key: str) -> Settlement:
    settlement = server.settlements.get(key)
    if settlement is None:
        raise NotPossible("There is no such split.")
    if settlement.finished_at:
        raise NotPossible(
            "The split is finished already. To decide shares yourself, set split_finish_seconds to "
            "null in the settings before they are made."
        )
    return settlement


def _new_number(server: AlipayServer, series: str) -> str:
    """28 digits that begin with the day."""
    return f"{times.compact(server.now())[:8]}00253007{server.next_number(series):012d}"
