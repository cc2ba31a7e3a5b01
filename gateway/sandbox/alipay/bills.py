"""alipay.data.dataservice.bill.downloadurl.query, and the zip it leads to.

A zip holds the lines and a summary of them, as CSV in GBK between comments; the names of both are
in GBK too, without the flag that says so. A day without any trade has a file all the same.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from gateway.sandbox.alipay import fields, times
from gateway.sandbox.alipay.bill_rows import (
    ACCOUNT_COLUMNS,
    TRADE_COLUMNS,
    account_rows,
    trade_rows,
)
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.errors import GatewayError
from gateway.sandbox.alipay.faults import MENU
from gateway.sandbox.alipay.records import JsonObject
from gateway.sandbox.alipay.server import CHANNEL, AlipayServer
from gateway.sandbox.bill_faults import BILL_FILE
from gateway.sandbox.bills import Row, Sheet, day_of, made_at
from gateway.sandbox.reply import Reply, to_response
from gateway.sandbox.world import world

FILE_PATH = "downloadBillFile.resource"

_LINK_SECONDS = 30
_DASHES = "-" * 41
_ENCODING = "gbk"


def find(call: Call) -> JsonObject:
    """Where the channel bill of a day is."""
    biz = call.read_biz(fields.BILL)
    day = _finished_day(call, biz["bill_date"])
    sheet = _sheet(call.server, biz["bill_type"], call.principal.seller_id, day)
    empty = {} if sheet.rows else {"bill_file_code": "EMPTY_DATA_WITH_BILL_FILE"}
    for fault in call.faults if sheet.rows else ():
        sheet = fault.sheet(sheet)
    name = f"{sheet.owner}0156_{sheet.day:%Y%m%d}"
    token = call.server.engine.shelf.put(
        _zipped(sheet, name, call.server.now()), owner=sheet.owner, seconds=_LINK_SECONDS
    )
    query = {
        "bizType": biz["bill_type"],
        "userId": f"{sheet.owner}0156",
        "fileType": "csv.zip",
        "bizDates": f"{sheet.day:%Y%m%d}",
        "downloadFileName": f"{name}.csv.zip",
        "fileId": token,
    }
    url = f"{call.request.base_url}/{FILE_PATH}?{urlencode(query)}"
    return {"bill_download_url": url, **empty}


def serve_file(request: HttpRequest) -> HttpResponse:
    """The zip, to whoever knows the link."""
    server = world().alipay
    faults = server.engine.faults.draw(CHANNEL, BILL_FILE, MENU)
    found = server.engine.shelf.get(request.GET.get("fileId", ""))
    reply = Reply(404) if found is None else Reply(200, found.body, _ZIP)
    for fault in faults:
        reply = fault.instead() or fault.afterwards(reply)
    return to_response(request, reply)


def _finished_day(call: Call, text: str) -> date:
    """The day asked for, whose channel bill must be made by now; raises GatewayError."""
    now = call.server.now()
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise GatewayError("40004", "invalid_arguments", "入参不合法") from error
    if day >= day_of(now):
        raise GatewayError("40004", "invalid_arguments", "入参不合法")
    if now < made_at(day):
        raise GatewayError("40004", "isp.bill_not_exist", "账单不存在")
    return day


def _sheet(server: AlipayServer, bill_type: str, seller_id: str, day: date) -> Sheet:
    if bill_type == "trade":
        rows = trade_rows(server, seller_id, day)
        return Sheet(seller_id, day, TRADE_COLUMNS, rows, amount_column="订单金额（元）")
    if bill_type == "signcustomer":
        rows = account_rows(server, seller_id, day)
        return Sheet(seller_id, day, ACCOUNT_COLUMNS, rows, amount_column="收入金额（+元）")
    raise GatewayError("40004", "TYPE_NOT_SUPPORTED", "此账单类型不支持下载")


def _zipped(sheet: Sheet, name: str, now: float) -> bytes:
    word = "业务" if "支付宝交易号" in sheet.columns else "账务"
    sums = _trade_sums(sheet.counted) if word == "业务" else _account_sums(sheet.counted)
    head, made = _head(sheet), f"#导出时间：[{_chinese(now)}]"
    lines = [",".join(row[column] for column in sheet.columns) for row in sheet.rows]
    detail = [
        f"#支付宝{word}明细查询",
        *head,
        f"#{_DASHES}{word}明细列表{_DASHES[:40]}",
        ",".join(sheet.columns),
        *lines,
        f"#{_DASHES}{word}明细列表结束{_DASHES[:36]}",
        *sums,
        made,
    ]
    summary = [
        f"#支付宝{word}汇总查询",
        *head,
        *sums,
        f"#{_DASHES[:40]}{word}汇总列表结束{_DASHES[:37]}",
        made,
    ]
    members = {f"{name}_{word}明细.csv": detail, f"{name}_{word}明细(汇总).csv": summary}
    return _zip(members)


def _head(sheet: Sheet) -> list[str]:
    first, end = sheet.day, sheet.day + timedelta(days=1)
    period = "   ".join(
        f"{word}：[{moment:%Y年%m月%d日} 00:00:00]"
        for word, moment in (("起始日期", first), ("终止日期", end))
    )
    return [f"#账号：[{sheet.owner}0156]", f"#{period}"]


def _trade_sums(rows: Sequence[Row]) -> list[str]:
    paid = [row for row in rows if row["业务类型"] == "交易\t"]
    refunded = [row for row in rows if row["业务类型"] == "退款\t"]
    received, discount = "商家实收（元）", "商家优惠（元）"
    return [
        f"#交易合计：{len(paid)}笔，商家实收共{_sum(paid, received)}元，"
        f"商家优惠共{_sum(paid, discount)}元",
        f"#退款合计：{len(refunded)}笔，商家实收退款共{_sum(refunded, received)}元，"
        f"商家优惠退款共{_sum(refunded, discount)}元",
    ]


def _account_sums(rows: Sequence[Row]) -> list[str]:
    sums = []
    for word, column in (("支出", "支出金额（-元）"), ("收入", "收入金额（+元）")):
        moved = [row for row in rows if Decimal(row[column])]
        sums.append(f"#{word}合计：{len(moved)}笔，共{_sum(moved, column)}元")
    return sums


def _sum(rows: Sequence[Row], column: str) -> str:
    return str(sum((Decimal(row[column]) for row in rows), Decimal("0.00")))


def _chinese(moment: float) -> str:
    text = times.to_text(moment)
    return f"{text[:4]}年{text[5:7]}月{text[8:10]}日{text[10:]}"


class _GbkInfo(zipfile.ZipInfo):
    """A member whose name is in GBK; ``zipfile`` itself knows only ASCII and flagged UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - asked for by zipfile
        return self.filename.encode(_ENCODING), self.flag_bits


def _zip(members: dict[str, list[str]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in members.items():
            text = "".join(f"{line}\r\n" for line in lines).encode(_ENCODING)
            archive.writestr(_GbkInfo(name), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


_ZIP = {"Content-Type": "application/zip"}
