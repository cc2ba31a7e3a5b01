"""What reading a channel bill costs: lines per second on one core, and the memory it takes.

Each file is read by a process of its own, whose peak is its own too: the interpreter with all that
reading needs, and what the lines add to it. A tenth of the lines beside it shows how both grow.
"""

import gzip
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.bill_contract import BillChannel
from gateway.bill_messages import BillRequest
from gateway.channels.alipay.bills import AlipayBills
from gateway.channels.easypay.bill_lines import head, page, tail
from gateway.channels.easypay.bills import EasyPayBills
from gateway.channels.wechat.bills import WeChatBills
from gateway.messages import ChannelAccount
from tests.gateway.channels.alipay import bill_files as alipay
from tests.gateway.channels.alipay.peer import account as alipay_account
from tests.gateway.channels.easypay import pages as easypay
from tests.gateway.channels.easypay.peer import v1_account
from tests.gateway.channels.wechat import bill_files as wechat
from tests.gateway.channels.wechat.peer import account as wechat_account

AMOUNTS = 99_991
"""So many different amounts: more than any cache of amounts holds."""
PAGE = 50

Writer = Callable[[Path, int], None]


@dataclass(frozen=True)
class Reader:
    """A channel's way to read, and how its file is made."""

    label: str
    bills: BillChannel
    account: ChannelAccount
    write: Writer


@dataclass(frozen=True)
class BillCost:
    """One file of one channel: its lines, the processor seconds they took and the peak memory."""

    label: str
    lines: int
    seconds: float
    megabytes: float

    @property
    def rate(self) -> float:
        """Lines per second of processor time."""
        return self.lines / self.seconds


def measure_bills(lines: int) -> list[BillCost]:
    """Measure every channel with so many lines, and with a tenth of them."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            _measured(code, count, Path(folder) / code)
            for code in READERS
            for count in (lines // 10, lines)
        ]


def _measured(code: str, lines: int, file: Path) -> BillCost:
    reader = READERS[code]
    reader.write(file, lines)
    command = [sys.executable, "-m", "tests.benchmarks.bills", code, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["lines"] == lines, found
    return BillCost(reader.label, lines, found["seconds"], found["megabytes"])


def _read(code: str, file: Path) -> Mapping[str, float]:
    reader, lines = READERS[code], 0
    begun = time.process_time()
    with file.open("rb") as opened:
        for _line in reader.bills.read(reader.account, BillRequest(wechat.DAY), opened):
            lines += 1
    seconds = time.process_time() - begun
    return {"lines": lines, "seconds": seconds, "megabytes": peak_megabytes()}


def peak_megabytes() -> float:
    """Return this process's own peak; ``getrusage`` tells its parent's if that was higher."""
    status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def _write_wechat(file: Path, lines: int) -> None:
    row = wechat.payment(商户订单号="{serial}", 微信订单号="{number}", 订单金额="{yuan}")
    row |= {"应结订单金额": "{yuan}", "手续费": "{fee}000"}
    template = "`" + ",`".join(row.values()) + "\r\n"
    total = {"应结订单总金额": "{yuan}", "手续费总金额": "{fee}000", "订单总金额": "{yuan}"}
    text = wechat.trade_bill(row, **{"总交易单数": str(lines), **total}).decode()
    first, _, *last = text.splitlines(keepends=True)
    with gzip.open(file, "wt", compresslevel=1, encoding="utf-8", newline="") as packed:
        packed.write(first)
        packed.writelines(_filled(template, lines))
        packed.write("".join(last).format(**_totals(lines)))


def _write_alipay(file: Path, lines: int) -> None:
    row = alipay.payment(商户订单号="{serial}\t", 支付宝交易号="{number}\t")
    row |= {"订单金额（元）": "{yuan}", "商家实收（元）": "{yuan}", "服务费（元）": "-{fee}"}
    sums = [
        f"#交易合计：{lines}笔，商家实收共{{yuan}}元，商家优惠共0.00元",
        "#退款合计：0笔，商家实收退款共0.00元，商家优惠退款共0.00元",
    ]
    texts = alipay.trade_text(row, sums=sums).splitlines(keepends=True)
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(alipay.GbkInfo("1_业务明细.csv"), "w", force_zip64=True) as member,
    ):
        member.write("".join(texts[:5]).encode("gbk"))
        for text in _filled(texts[5], lines):
            member.write(text.encode("gbk"))
        member.write("".join(texts[6:]).format(**_totals(lines)).encode("gbk"))


def _write_easypay(file: Path, lines: int) -> None:
    with file.open("wb") as opened:
        opened.write(head(v1_account(), wechat.DAY))
        for begin in range(0, lines, PAGE):
            rows = easypay.orders(PAGE, day=str(wechat.DAY))
            # The last of the page before comes first, as when they are downloaded.
            for place, row in enumerate(rows, start=begin):
                row |= {"trade_no": f"{place:019d}", "out_trade_no": f"P{place:023d}"}
            known = [{**rows[0], "trade_no": f"{begin - 1:019d}"}] if begin else []
            opened.write(page(begin, easypay.page([*known, *rows]).body))
        opened.write(tail(-(-lines // PAGE)))


def _filled(template: str, lines: int) -> Iterator[str]:
    for place in range(lines):
        fen = place % AMOUNTS + 1
        numbers = {"serial": f"P{place:023d}", "number": f"{place:028d}"}
        yield template.format(yuan=_yuan(fen), fee=_yuan(fen * 6 // 1000), **numbers)


def _totals(lines: int) -> dict[str, str]:
    total = sum(place % AMOUNTS + 1 for place in range(lines))
    fees = sum((place % AMOUNTS + 1) * 6 // 1000 for place in range(lines))
    return {"yuan": _yuan(total), "fee": _yuan(fees)}


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


READERS = {
    "wechat": Reader("WeChat Pay (gzip)", WeChatBills(), wechat_account(), _write_wechat),
    "alipay": Reader("Alipay (zip, GBK)", AlipayBills(), alipay_account(), _write_alipay),
    "easypay": Reader("EasyPay (pages)", EasyPayBills(), v1_account(), _write_easypay),
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(_read(sys.argv[1], Path(sys.argv[2]))))
