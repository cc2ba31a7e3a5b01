"""The bill calls of WeChat Pay APIv3: where a channel bill is, and the file itself.

A file is UTF-8 with a byte order mark, a head, the rows, the head and row of the sums; every value
follows a backtick. Its SHA-1 is over the text, its packed form is not.
"""

import gzip
import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from gateway.sandbox.bills import Row, Sheet, day_of, made_at
from gateway.sandbox.reply import Reply
from gateway.sandbox.wechat import fields
from gateway.sandbox.wechat.bill_rows import FLOW_COLUMNS, TRADE_COLUMNS, flow_rows, trade_rows
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.errors import ApiError, invalid_request, param_error
from gateway.sandbox.wechat.order_rules import DAY
from gateway.sandbox.wechat.records import JsonObject, Order

_LINK_SECONDS = 300
_KEPT_DAYS = 92

_TRADE_SUMS = {
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}


def trade_bill(call: Call) -> JsonObject:
    """/v3/bill/tradebill: every trade of a merchant, or of those a service provider acts for."""
    query = call.read_query(fields.TRADE_BILL)
    day = _finished_day(call, query["bill_date"])
    sub_mchid = query.get("sub_mchid", "")
    if sub_mchid:
        call.check_sub_mchid(sub_mchid)
    orders = [one for one in _orders(call) if sub_mchid in ("", one.sub_mchid)]
    sheet = Sheet(
        owner=sub_mchid or call.merchant.mchid,
        day=day,
        columns=TRADE_COLUMNS,
        rows=trade_rows(call.server, orders, day),
        amount_column="订单金额",
    )
    return _link(call, sheet, packed="tar_type" in query)


def fund_flow_bill(call: Call) -> JsonObject:
    """/v3/bill/fundflowbill: every change of the basic account; the others never move here."""
    query = call.read_query(fields.FUND_FLOW_BILL)
    day = _finished_day(call, query["bill_date"])
    basic = query.get("account_type", "BASIC") == "BASIC"
    orders = [one for one in _orders(call) if basic and not one.sub_mchid]
    sheet = Sheet(
        owner=call.merchant.mchid,
        day=day,
        columns=FLOW_COLUMNS,
        rows=flow_rows(call.server, orders, day),
        amount_column="收支金额(元)",
    )
    return _link(call, sheet, packed="tar_type" in query)


def download(call: Call) -> Reply:
    """/v3/billdownload/file: the bytes, unsigned."""
    token = call.read_query(fields.BILL_FILE)["token"]
    found = call.server.engine.shelf.get(token)
    if found is None:
        raise invalid_request("下载地址已失效，请重新申请账单")
    if found.owner != call.merchant.mchid:
        raise ApiError(403, "NO_AUTH", "商户无权下载该账单")
    return Reply(200, found.body, {"Content-Type": "application/octet-stream"})


def _orders(call: Call) -> list[Order]:
    return [one for one in call.server.orders.all() if one.mchid == call.merchant.mchid]


def _finished_day(call: Call, text: str) -> date:
    """The day asked for, whose channel bill must be made by now; raises ApiError."""
    now = call.server.now()
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise param_error("bill_date 格式错误", field="/query/bill_date", value=text) from error
    if day >= day_of(now):
        raise invalid_request("账单日期不能为当日或之后的日期")
    if day < day_of(now - _KEPT_DAYS * DAY):
        raise invalid_request("仅支持三个月内的账单下载申请")
    if now < made_at(day):
        raise ApiError(400, "STATEMENT_CREATING", "账单生成中，请稍后再试")
    return day


def _link(call: Call, sheet: Sheet, *, packed: bool) -> JsonObject:
    if not sheet.rows:
        raise ApiError(400, "NO_STATEMENT_EXIST", "请求的账单文件不存在")
    for fault in call.faults:
        sheet = fault.sheet(sheet)
    text = bill_text(sheet).encode()
    token = call.server.engine.shelf.put(
        gzip.compress(text) if packed else text,
        owner=call.merchant.mchid,
        seconds=_LINK_SECONDS,
    )
    query = urlencode({"token": token, **({"tartype": "gzip"} if packed else {})})
    return {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(text, usedforsecurity=False).hexdigest(),
        "download_url": f"{call.base_url}/v3/billdownload/file?{query}",
    }


def bill_text(sheet: Sheet) -> str:
    """The whole file, every line ended, the last one too."""
    sums = _flow_sums(sheet.counted) if sheet.columns[0] == "记账时间" else _sums(sheet.counted)
    lines = [
        ",".join(sheet.columns),
        *(_line([row[name] for name in sheet.columns]) for row in sheet.rows),
        ",".join(sums),
        _line(list(sums.values())),
    ]
    return "\ufeff" + "".join(f"{line}\r\n" for line in lines)


def _line(values: Sequence[str]) -> str:
    """Commas and line breaks in a merchant's own words are not let through."""
    clean = (value.replace(",", "\\ ").replace("\n", "\\n") for value in values)
    return "`" + ",`".join(clean)


def _sums(rows: Sequence[Row]) -> dict[str, str]:
    sums = {word: _sum(rows, column) for word, column in _TRADE_SUMS.items()}
    return {"总交易单数": str(len(rows)), **sums}


def _flow_sums(rows: Sequence[Row]) -> dict[str, str]:
    ways = {way: [row for row in rows if row["收支类型"] == way] for way in ("收入", "支出")}
    sums = {"资金流水总笔数": str(len(rows))}
    for way, of_way in ways.items():
        sums[f"{way}笔数"] = str(len(of_way))
        sums[f"{way}金额"] = _sum(of_way, "收支金额(元)")
    return sums


def _sum(rows: Sequence[Row], column: str) -> str:
    zero = Decimal("0.00000" if column == "手续费" else "0.00")
    return str(sum((Decimal(row[column]) for row in rows), zero))
