"""Alipay's channel bills: a zip in GBK, behind a link that serves for thirty seconds."""

import io
import zipfile
from datetime import datetime

import pytest
import requests

from tests.sandbox.alipay.merchant import SHANGHAI, Answer, Merchant
from tests.sandbox.process import Sandbox

METHOD = "alipay.data.dataservice.bill.downloadurl.query"


@pytest.fixture
def day(sandbox: Sandbox, merchant: Merchant) -> str:
    """A day with a payment of 128.50 yuan and a refund of a part, over and written down."""
    number = merchant.create()
    sandbox.control("alipay/pay", {"serial_no": number})
    assert merchant.refund(number, "8.50", "R1").code == "10000"
    paid_at: str = sandbox.look("alipay/books")["orders"][0]["paid_at"]
    sandbox.control("clock", {"advance_seconds": 33 * 3600})
    return paid_at[:10]


def _ask(merchant: Merchant, day: str, kind: str = "trade", **more: str) -> Answer:
    return merchant.call(METHOD, {"bill_type": kind, "bill_date": day, **more})


def _zip(merchant: Merchant, day: str, kind: str = "trade") -> zipfile.ZipFile:
    answer = _ask(merchant, day, kind)
    assert answer.is_signed
    response = requests.get(answer.node["bill_download_url"], timeout=5)
    assert response.status_code == 200
    return zipfile.ZipFile(io.BytesIO(response.content), metadata_encoding="gbk")


def test_names_are_in_gbk_without_the_flag_for_utf8(merchant: Merchant, day: str) -> None:
    archive = _zip(merchant, day)
    owner = f"{merchant.holder.seller_id}0156_{day.replace('-', '')}"
    assert archive.namelist() == [f"{owner}_业务明细.csv", f"{owner}_业务明细(汇总).csv"]
    assert not any(info.flag_bits & 0x800 for info in archive.infolist())


def test_trades_stand_between_comments(merchant: Merchant, day: str) -> None:
    archive = _zip(merchant, day)
    lines = archive.read(archive.namelist()[0]).decode("gbk").split("\r\n")
    assert lines[0] == "#支付宝业务明细查询"
    assert lines[1] == f"#账号：[{merchant.holder.seller_id}0156]"
    assert lines[2].startswith(
        f"#起始日期：[{day[:4]}年{day[5:7]}月{day[8:]}日 00:00:00]   终止日期"
    )
    assert len(lines[4].split(",")) == 25
    paid, returned = (line.split(",") for line in lines[5:7])
    assert (paid[2], paid[11], paid[12], paid[22]) == ("交易\t", "128.50", "128.50", "-0.77")
    assert (returned[2], returned[11], returned[21]) == ("退款\t", "-8.50", "R1\t")
    assert lines[8:10] == [
        "#交易合计：1笔，商家实收共128.50元，商家优惠共0.00元",
        "#退款合计：1笔，商家实收退款共-8.50元，商家优惠退款共0.00元",
    ]


def test_changes_of_the_balance_add_up(merchant: Merchant, day: str) -> None:
    archive = _zip(merchant, day, "signcustomer")
    assert "账务明细" in archive.namelist()[0]
    text = archive.read(archive.namelist()[0]).decode("gbk")
    assert "#支出合计：2笔，共-9.27元\r\n#收入合计：1笔，共128.50元\r\n" in text
    assert text.count("119.23") == 1


def test_link_serves_for_thirty_seconds(sandbox: Sandbox, merchant: Merchant, day: str) -> None:
    link = _ask(merchant, day, secure="true").node["bill_download_url"]
    assert link.startswith(f"{sandbox.url}/downloadBillFile.resource?")
    sandbox.control("clock", {"advance_seconds": 25})
    assert requests.get(link, timeout=5).status_code == 200
    sandbox.control("clock", {"advance_seconds": 10})
    assert requests.get(link, timeout=5).status_code == 404


def test_day_without_trades_says_so_beside_its_link(sandbox: Sandbox, merchant: Merchant) -> None:
    answer = _ask(merchant, "2026-01-01")
    assert answer.node["bill_file_code"] == "EMPTY_DATA_WITH_BILL_FILE"


@pytest.mark.parametrize(
    ("kind", "day", "word"),
    [
        ("trade", "2099-01-01", "invalid_arguments"),
        ("trade", "2026-13-01", "invalid_arguments"),
        ("trade", "2026-01", "invalid_arguments"),
        ("merchant_act", "2026-01-01", "TYPE_NOT_SUPPORTED"),
    ],
)
def test_wrong_question_is_refused(
    sandbox: Sandbox, merchant: Merchant, kind: str, day: str, word: str
) -> None:
    answer = _ask(merchant, day, kind)
    assert answer.node["sub_code"] == word
    assert answer.is_signed


def test_day_is_not_there_before_nine_of_the_next(sandbox: Sandbox, merchant: Merchant) -> None:
    now = datetime.fromisoformat(sandbox.look("clock")["now"])
    today = now.astimezone(SHANGHAI).date().isoformat()
    codes = []
    for _ in range(60):
        codes.append(_ask(merchant, today).node.get("sub_code", "there"))
        sandbox.control("clock", {"advance_seconds": 3600})
    assert codes.count("isp.bill_not_exist") == 9
    assert codes[-1] == "there"
