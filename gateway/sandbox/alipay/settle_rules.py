"""Business rules of settlements and of refunds that take shares back; each raises GatewayError."""

from gateway.sandbox.alipay.errors import failed, invalid_parameter
from gateway.sandbox.alipay.records import FINISHED, SUCCESS, JsonObject, Trade
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.alipay.settle_money import (
    is_frozen,
    is_over,
    left,
    shared,
    taken_back,
)
from gateway.sandbox.alipay.settle_records import SYNC, relation_key

_MOST_SHARES = {SYNC: 5, "async": 50}
_MOST_SETTLEMENTS = {SYNC: 50, "async": 300}


def check_settleable(server: AlipayServer, trade: Trade, content: JsonObject) -> None:
    """Whether this settlement can be made of this trade, now."""
    if trade.state not in (SUCCESS, FINISHED):
        raise failed("TRADE_STATUS_ERROR", "交易状态不合法")
    releases_nothing = content["releases"] and not trade.wanted.is_for_sharing
    if is_over(server, trade) or (releases_nothing and not content["shares"]):
        raise failed("ALREADY_FINISH_ALLOC", "交易已经分账完结")
    known = server.settlements_of(trade)
    if any(one.mode != content["mode"] for one in known):
        raise invalid_parameter("同一笔订单,同步分账和异步分账不能混用")
    if len(known) >= _MOST_SETTLEMENTS[content["mode"]]:
        raise invalid_parameter("分账请求次数超过上限")
    _check_receivers(server, trade, content)
    _check_amounts(server, trade, sum(share["amount"] for share in content["shares"]))


def check_taken_back(
    server: AlipayServer, trade: Trade, entries: list[JsonObject], *, fen: int
) -> None:
    """Whether receivers can give so much to a refund, and the seller the rest of it."""
    for entry in entries:
        account, amount = entry["account"], entry["amount"]
        if not shared(server, trade, account):
            raise failed("REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST", "退分账收入方不存在")
        if server.royalty_account(account).refuses_returns:
            raise failed("REFUNDALLOC_UNAUTH_LIMIT", "退分账收入方未授权")
        if taken_back(server, trade, account) + amount > shared(server, trade, account):
            raise failed("ALLOC_AMOUNT_VALIDATE_ERROR", "退分账金额超限")
    given = sum(entry["amount"] for entry in entries)
    if given > fen:
        raise failed("ALLOC_AMOUNT_VALIDATE_ERROR", "退分账金额超过退款金额")
    if is_frozen(server, trade) and fen - given > left(server, trade):
        raise failed("SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足")


def _check_receivers(server: AlipayServer, trade: Trade, content: JsonObject) -> None:
    shares = content["shares"]
    if not shares and not content["releases"]:
        raise invalid_parameter("royalty_parameters不能为空")
    if len(shares) > _MOST_SHARES[content["mode"]]:
        raise invalid_parameter("分账收款方数量超过上限")
    if len({share["trans_in"] for share in shares}) != len(shares):
        raise failed("USER_LOGONID_DUP", "分账收入方重复")
    for share in shares:
        if share["trans_in"] == trade.wanted.seller_id:
            raise failed("ROYALTY_ACCOUNTS_EQUAL", "分账收支方相同")
        key = relation_key(trade.wanted.seller_id, share["trans_in_type"], share["trans_in"])
        if server.relations.get(key) is None:
            raise failed("ROYALTY_RECEIVER_INVALID", "分账收入方不在分账关系集中")
        known = server.royalty_account(share["trans_in"]).name
        if known and share["name"] not in ("", known):
            raise failed("ROYALTY_ACCOUNT_NAME_NOT_MATCH", "分账收入方姓名不匹配")


def _check_amounts(server: AlipayServer, trade: Trade, wanted: int) -> None:
    most = trade.wanted.total * server.switches.max_ratio
    is_too_much = (shared(server, trade) + wanted) * 100 > most
    if wanted and (is_too_much or wanted > left(server, trade)):
        raise failed("ALLOC_AMOUNT_VALIDATE_ERROR", "分账金额超过可分账金额")
