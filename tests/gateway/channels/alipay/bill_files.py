"""Alipay's channel bills in tests, built line by line from the documented form."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date

from tests.gateway.channels.alipay.peer import REFUND_SERIAL_NO, SELLER_ID, SERIAL_NO, TRADE_NO

DAY = date(2025, 12, 31)

TRADE_COLUMNS = (
    *("支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号"),
    *("门店名称", "操作员", "终端号", "对方账户", "订单金额（元）", "商家实收（元）"),
    *("支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）", "商家优惠（元）", "券核销金额（元）"),
    *("券名称", "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号"),
    *("服务费（元）", "分润（元）", "备注"),
)
ACCOUNT_COLUMNS = (
    *("账务流水号", "业务流水号", "商户订单号", "商品名称", "发生时间", "对方账号"),
    *("收入金额（+元）", "支出金额（-元）", "账户余额（元）", "交易渠道", "业务类型", "备注"),
)
LATER_COLUMNS = ("业务基础订单号", "业务订单号", "业务账单来源", "业务描述")
_DASHES = "-" * 41

Row = Mapping[str, str]


class GbkInfo(zipfile.ZipInfo):
    """A member whose name is in GBK without the flag that says so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - asked for by zipfile
        return self.filename.encode("gbk"), self.flag_bits


def payment(**changes: str) -> dict[str, str]:
    """Return a payment of 19.90 yuan, of which the merchant got 18.90."""
    amounts = {name: "0.00" for name in TRADE_COLUMNS if name.endswith("（元）")}
    return {
        **dict.fromkeys(TRADE_COLUMNS, "\t"),
        **amounts,
        "支付宝交易号": f"{TRADE_NO}\t",
        "商户订单号": f"{SERIAL_NO}\t",
        "业务类型": "交易\t",
        "商品名称": "物业费 2025-12",
        "创建时间": "2025-12-31 23:58:00",
        "完成时间": "2025-12-31 23:59:01",
        "订单金额（元）": "19.90",
        "商家实收（元）": "18.90",
        "服务费（元）": "-0.11",
        "备注": "",
        **changes,
    }


def refund(**changes: str) -> dict[str, str]:
    """Return a refund of 9.90 yuan of it."""
    returned = {
        "业务类型": "退款\t",
        "完成时间": "2025-12-31 23:59:30",
        "订单金额（元）": "-9.90",
        "商家实收（元）": "-9.40",
        "退款批次号/请求号": f"{REFUND_SERIAL_NO}\t",
        "服务费（元）": "0.00",
    }
    return payment(**{**returned, **changes})


def change(**changes: str) -> dict[str, str]:
    """Return a change of the balance by 18.90 yuan."""
    return {
        **dict.fromkeys(ACCOUNT_COLUMNS, ""),
        "账务流水号": "1570757242119060731\t",
        "业务流水号": f"{TRADE_NO}\t",
        "商户订单号": f"{SERIAL_NO}\t",
        "商品名称": "物业费 2025-12",
        "发生时间": "2025-12-31 23:59:02",
        "收入金额（+元）": "18.90",
        "支出金额（-元）": "0.00",
        "账户余额（元）": "1018.90",
        "交易渠道": "支付宝",
        "业务类型": "在线支付",
        **changes,
    }


def trade_text(
    *rows: Row, columns: Sequence[str] = TRADE_COLUMNS, sums: Sequence[str] = (), **head: str
) -> str:
    """Return the file with the lines; ``sums`` replace the comments that state them."""
    return _text("业务", rows, columns, sums or _trade_sums(rows), head)


def account_text(
    *rows: Row, columns: Sequence[str] = ACCOUNT_COLUMNS, sums: Sequence[str] = (), **head: str
) -> str:
    """Return the file with the changes of the balance."""
    return _text("账务", rows, columns, sums or _account_sums(rows), head)


def zipped(text: str, word: str = "业务") -> bytes:
    """Return the zip that holds the lines, and a summary beside them."""
    buffer = io.BytesIO()
    members = {f"汇总_{word}明细(汇总).csv": "#汇总\r\n", f"{SELLER_ID}0156_{word}明细.csv": text}
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(GbkInfo(name), content.encode("gbk"), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _text(
    word: str, rows: Sequence[Row], columns: Sequence[str], sums: Sequence[str], head: Row
) -> str:
    owner = head.get("owner", f"{SELLER_ID}0156")
    first, end = head.get("first", "2025年12月31日"), head.get("end", "2026年01月01日")
    lines = [
        f"#支付宝{word}明细查询",
        f"#账号：[{owner}]",
        f"#起始日期：[{first} 00:00:00]   终止日期：[{end} 00:00:00]",
        f"#{_DASHES}{word}明细列表{_DASHES[1:]}",
        ",".join(columns),
        *(",".join(row[name] for name in columns) for row in rows),
        f"#{_DASHES}{word}明细列表结束{_DASHES[5:]}",
        *sums,
        "#导出时间：[2026年01月01日 09:10:11]",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _trade_sums(rows: Sequence[Row]) -> list[str]:
    paid, returned = (
        [row["商家实收（元）"] for row in rows if row["业务类型"].strip() == kind]
        for kind in ("交易", "退款")
    )
    return [
        f"#交易合计：{len(paid)}笔，商家实收共{_sum(paid)}元，商家优惠共0.00元",
        f"#退款合计：{len(returned)}笔，商家实收退款共{_sum(returned)}元，商家优惠退款共0.00元",
    ]


def _account_sums(rows: Sequence[Row]) -> list[str]:
    incomes, expenses = (
        [row[name] for row in rows if float(row[name].strip() or "0")]
        for name in ("收入金额（+元）", "支出金额（-元）")
    )
    return [
        f"#支出合计：{len(expenses)}笔，共{_sum(expenses)}元",
        f"#收入合计：{len(incomes)}笔，共{_sum(incomes)}元",
    ]


def _sum(amounts: Sequence[str]) -> str:
    """Add amounts that may be nonsense: those count for nothing."""
    fen = sum(
        round(float(text) * 100)
        for text in amounts
        if text.lstrip("-")[:1].isascii() and text.lstrip("-")[:1].isdigit()
    )
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
