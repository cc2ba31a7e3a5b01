"""WeChat Pay's channel bills: the very bytes of production, and who gets them when."""

import gzip
import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from gateway.sandbox.bills import Sheet
from gateway.sandbox.wechat.bills import bill_text
from tests.sandbox.merchant import Merchant, is_signed, new_number
from tests.sandbox.process import Sandbox

UNTIL_IT_IS_MADE = {"advance_seconds": 33 * 3600}
_VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "wechat_pay.json").read_text("utf-8")
)
PRODUCTION = next(v for v in _VECTORS["sdk_published"] if v["name"].startswith("tradebill"))
GENERATED = {vector["name"]: vector for vector in _VECTORS["generated"]["bills"]}


def _target(response: requests.Response) -> str:
    parts = urlsplit(response.json()["download_url"])
    return f"{parts.path}?{parts.query}"


def _day(sandbox: Sandbox) -> str:
    """End the day on which the first order was paid."""
    paid_at: str = sandbox.look("wechat/books")["orders"][0]["paid_at"]
    sandbox.control("clock", UNTIL_IT_IS_MADE)
    return paid_at[:10]


@pytest.fixture
def day(sandbox: Sandbox, merchant: Merchant) -> str:
    """A day with a payment of 128.50 yuan, over and written down."""
    number = merchant.place(description="a,b\nc")
    sandbox.control("wechat/pay", {"serial_no": number})
    return _day(sandbox)


@pytest.mark.parametrize("vector", [PRODUCTION, *GENERATED.values()], ids=lambda v: v["name"])
def test_file_is_written_byte_by_byte_as_production_does(vector: dict[str, Any]) -> None:
    lines = vector["text"].lstrip("\ufeff").split("\r\n")
    columns = lines[0].split(",")
    rows = [dict(zip(columns, line[1:].split(",`"), strict=True)) for line in lines[1:-3]]

    text = bill_text(Sheet("1", date(2025, 12, 31), columns, rows, amount_column=""))

    assert text == vector["text"]
    assert hashlib.sha1(text.encode()).hexdigest() == vector["hash_value"]


def test_link_comes_signed_and_the_file_does_not(merchant: Merchant, day: str) -> None:
    asked = merchant.get(f"/v3/bill/tradebill?bill_date={day}")
    assert is_signed(asked.headers, asked.content, merchant.holder.public_key_pem)
    assert asked.json()["hash_type"] == "SHA1"
    assert asked.json()["download_url"].startswith(merchant.url)

    served = merchant.get(_target(asked))
    assert served.status_code == 200
    assert "Wechatpay-Signature" not in served.headers
    assert hashlib.sha1(served.content).hexdigest() == asked.json()["hash_value"]
    assert served.content.startswith(b"\xef\xbb\xbf")
    assert "a\\ b\\nc" in served.text


def test_packed_file_has_the_hash_of_its_text(merchant: Merchant, day: str) -> None:
    asked = merchant.get(f"/v3/bill/fundflowbill?bill_date={day}&tar_type=GZIP")
    assert _target(asked).endswith("&tartype=gzip")

    text = gzip.decompress(merchant.get(_target(asked)).content)
    assert hashlib.sha1(text).hexdigest() == asked.json()["hash_value"]
    assert "`交易,`扣除交易手续费,`支出,`0.77,`127.73" in text.decode()


def test_link_serves_for_five_minutes(sandbox: Sandbox, merchant: Merchant, day: str) -> None:
    target = _target(merchant.get(f"/v3/bill/tradebill?bill_date={day}"))
    sandbox.control("clock", {"advance_seconds": 290})
    assert merchant.get(target).status_code == 200
    sandbox.control("clock", {"advance_seconds": 15})

    late = merchant.get(target)

    assert (late.status_code, late.json()["code"]) == (400, "INVALID_REQUEST")


def test_file_is_its_merchants(merchant: Merchant, provider: Merchant, day: str) -> None:
    target = _target(merchant.get(f"/v3/bill/tradebill?bill_date={day}"))

    stranger = provider.get(target)
    unsigned = requests.get(merchant.url + target, timeout=5)

    assert (stranger.status_code, stranger.json()["code"]) == (403, "NO_AUTH")
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "SIGN_ERROR")


def test_restart_forgets_no_link(sandbox: Sandbox, merchant: Merchant, day: str) -> None:
    target = _target(merchant.get(f"/v3/bill/tradebill?bill_date={day}"))
    sandbox.restart()
    assert merchant.get(target).status_code == 200
    sandbox.control("reset")
    assert merchant.get(target).status_code == 400


def test_day_is_written_down_at_nine_of_the_next(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.control("wechat/pay", {"serial_no": merchant.place()})
    day = sandbox.look("wechat/books")["orders"][0]["paid_at"][:10]
    target = f"/v3/bill/tradebill?bill_date={day}"
    answers = []
    for _ in range(36):
        response = merchant.get(target)
        answers.append(response.json().get("code", "there"))
        sandbox.control("clock", {"advance_seconds": 3600})

    seen = sorted(set(answers), key=answers.index)
    assert seen in (
        ["INVALID_REQUEST", "STATEMENT_CREATING", "there"],
        ["STATEMENT_CREATING", "there"],
    )
    assert answers.count("STATEMENT_CREATING") == 9


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("bill_date=2020-01-01", "INVALID_REQUEST"),
        ("bill_date=20200101", "PARAM_ERROR"),
        ("bill_date=2026-02-30", "PARAM_ERROR"),
        ("bill_type=ALL", "PARAM_ERROR"),
        ("bill_date={day}&bill_type=NONE", "PARAM_ERROR"),
        ("bill_date={day}&more=1", "PARAM_ERROR"),
        ("bill_date={day}&sub_mchid=1900012603", "NO_AUTH"),
    ],
)
def test_wrong_question_is_refused(merchant: Merchant, day: str, query: str, code: str) -> None:
    response = merchant.get(f"/v3/bill/tradebill?{query.format(day=day)}")
    assert response.json()["code"] == code
    assert response.status_code in (400, 403)


def test_accounts_that_never_move_have_no_file(merchant: Merchant, day: str) -> None:
    for kind in ("OPERATION", "FEES"):
        response = merchant.get(f"/v3/bill/fundflowbill?bill_date={day}&account_type={kind}")
        assert (response.status_code, response.json()["code"]) == (400, "NO_STATEMENT_EXIST")


def test_service_provider_gets_one_or_all_of_its_merchants(
    sandbox: Sandbox, provider: Merchant
) -> None:
    holder = provider.holder
    body = {
        "sp_appid": holder.appid,
        "sp_mchid": holder.mchid,
        "sub_mchid": holder.sub_mchid,
        "description": "2026 物业费",
        "out_trade_no": new_number(),
        "notify_url": "http://127.0.0.1:9/notify",
        "amount": {"total": 12850, "currency": "CNY"},
    }
    assert provider.post("/v3/pay/partner/transactions/native", body).status_code == 200
    sandbox.control("wechat/pay", {"serial_no": body["out_trade_no"]})
    day = _day(sandbox)

    for more in ("", f"&sub_mchid={holder.sub_mchid}"):
        asked = provider.get(f"/v3/bill/tradebill?bill_date={day}{more}")
        assert f"`{holder.mchid},`{holder.sub_mchid}," in provider.get(_target(asked)).text
    flow = provider.get(f"/v3/bill/fundflowbill?bill_date={day}")
    assert flow.json()["code"] == "NO_STATEMENT_EXIST"
