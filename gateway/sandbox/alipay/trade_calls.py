"""The calls about trades: create, precreate, query and close."""

import secrets
from dataclasses import asdict

from gateway.sandbox.alipay import fields
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.documents import nothing_paid, numbers, trade_document
from gateway.sandbox.alipay.errors import failed, invalid_parameter
from gateway.sandbox.alipay.offers import after, read_offer
from gateway.sandbox.alipay.payments import arrive, pay
from gateway.sandbox.alipay.records import WAITING, JsonObject, Launch, Offer, Trade
from gateway.sandbox.alipay.trades import (
    check_consistent,
    check_still_open,
    close_trade,
    find_trade,
    open_trade,
)

CODE_URL = "https://qr.alipay.com/"

_CODE_SECONDS = 2 * 3600


def create(call: Call) -> JsonObject:
    """alipay.trade.create: the trade exists at once, for the payer it names."""
    offer = read_offer(call, fields.CREATE)
    if not offer.names_buyer:
        raise invalid_parameter("buyer_id和buyer_open_id不能同时为空")
    trade = open_trade(call.server, offer)
    if _payer_is_faster(call):
        pay(call.server, trade.key)
        call.server.engine.agenda.run_due()
    return numbers(trade)


def precreate(call: Call) -> JsonObject:
    """alipay.trade.precreate: a code; there is no trade before somebody scans it."""
    offer = read_offer(call, fields.PRECREATE)
    with call.server.atomic():
        launch = _known_code(call, offer) or _new_code(call, offer)
    if _payer_is_faster(call):
        pay(call.server, arrive(call.server, launch).key)
        call.server.engine.agenda.run_due()
    return {"out_trade_no": offer.out_trade_no, "qr_code": CODE_URL + launch.token}


def query(call: Call) -> JsonObject:
    """alipay.trade.query: a trade by either number."""
    biz = call.read_biz(fields.WHICH_TRADE)
    return trade_document(named_trade(call, biz), options=options_in(biz))


def close(call: Call) -> JsonObject:
    """alipay.trade.close: for trades that wait for their payer, and no others."""
    biz = call.read_biz(fields.WHICH_TRADE)
    with call.server.atomic():
        trade = named_trade(call, biz)
        if trade.state != WAITING:
            raise failed("TRADE_STATUS_ERROR", "交易状态不合法")
        close_trade(call.server, trade)
    return numbers(trade)


def named_trade(call: Call, biz: JsonObject) -> Trade:
    """The trade of trade_no, else of out_trade_no; raises ACQ.TRADE_NOT_EXIST."""
    number = call.server.trade_numbers.get(biz.get("trade_no", ""))
    if "trade_no" in biz:
        key = number.trade_key if number else ""
    elif "out_trade_no" in biz:
        key = f"{call.principal.seller_id}:{biz['out_trade_no']}"
    else:
        raise invalid_parameter("out_trade_no和trade_no不能同时为空")
    trade = find_trade(call.server, key)
    if trade is None or trade.wanted.seller_id != call.principal.seller_id:
        asked = {name: biz[name] for name in ("out_trade_no", "trade_no") if name in biz}
        raise failed("TRADE_NOT_EXIST", "交易不存在", echo=nothing_paid() | asked)
    return trade


def options_in(biz: JsonObject) -> list[str]:
    """The query_options of a call."""
    options = biz.get("query_options", [])
    return options if isinstance(options, list) else []


def _payer_is_faster(call: Call) -> bool:
    return any(fault.payer_is_faster for fault in call.faults)


def _known_code(call: Call, offer: Offer) -> Launch | None:
    """The code given out for this number before, while it can be paid with."""
    check_still_open(call.server, offer)
    launch = call.server.launch_of(offer.trade_key)
    if launch is None or call.server.now() >= launch.expires_at:
        return None
    check_consistent(launch.wanted, offer)
    return launch


def _new_code(call: Call, offer: Offer) -> Launch:
    now = call.server.now()
    timeout = offer.biz.get("qr_code_timeout_express", "")
    expires_at = after(now, timeout, default=_CODE_SECONDS)
    launch = Launch(
        token=f"bax{secrets.token_hex(10)}",
        offer=asdict(offer),
        created_at=now,
        expires_at=min(expires_at, now + _CODE_SECONDS, offer.time_expire or expires_at),
    )
    return call.server.remember_launch(launch)
