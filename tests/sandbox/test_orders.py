"""Order, query and close: what production refuses is refused, in its words."""

from typing import Any

import pytest

from tests.sandbox.merchant import Merchant, new_number
from tests.sandbox.process import Sandbox

NATIVE = "/v3/pay/transactions/native"


def _refusal(merchant: Merchant, product: str = "native", **changes: Any) -> tuple[int, str]:
    response = merchant.post(f"/v3/pay/transactions/{product}", merchant.order(**changes))
    return response.status_code, response.json()["code"]


def _raw(merchant: Merchant, text: str) -> tuple[int, str]:
    response = merchant.send("POST", NATIVE, text.encode())
    return response.status_code, response.json()["code"]


PARAM_ERROR = (400, "PARAM_ERROR")
WRONG_FIELDS: dict[str, dict[str, Any]] = {
    "unknown field": {"subject": "x"},
    "unknown nested field": {"amount": {"total": 1, "cents": 1}},
    "missing description": {"description": None},
    "empty description": {"description": ""},
    "description of 128 bytes": {"description": "x" * 128},
    "description of 43 Chinese characters": {"description": "费" * 43},
    "five characters of out_trade_no": {"out_trade_no": "A1234"},
    "33 characters of out_trade_no": {"out_trade_no": "A" * 33},
    "dot in out_trade_no": {"out_trade_no": "ABC.DEF"},
    "Chinese out_trade_no": {"out_trade_no": "物业费物业费"},
    "number as text": {"out_trade_no": 1234567},
    "amount zero": {"amount": {"total": 0}},
    "negative amount": {"amount": {"total": -1}},
    "float amount": {"amount": {"total": 1.0}},
    "text amount": {"amount": {"total": "1"}},
    "boolean amount": {"amount": {"total": True}},
    "amount beyond 64 bits": {"amount": {"total": 2**63}},
    "other currency": {"amount": {"total": 1, "currency": "USD"}},
    "query in notify_url": {"notify_url": "https://shop.example.com/n?x=1"},
    "fragment in notify_url": {"notify_url": "https://shop.example.com/n#x"},
    "relative notify_url": {"notify_url": "/notify"},
    "other scheme in notify_url": {"notify_url": "ftp://shop.example.com/n"},
    "notify_url of 256 bytes": {"notify_url": "https://shop.example.com/" + "n" * 231},
    "attach of 129 bytes": {"attach": "x" * 129},
    "time without offset": {"time_expire": "2026-01-01T08:00:00"},
    "impossible time": {"time_expire": "2026-02-30T08:00:00+08:00"},
    "unknown limit_pay": {"limit_pay": ["no_cash"]},
    "detail too large": {
        "detail": {
            "goods_detail": [
                {"merchant_goods_id": "G", "goods_name": "x" * 250, "quantity": 1, "unit_price": 1}
            ]
            * 25
        }
    },
    "text for a flag": {"support_fapiao": "true"},
    "payer on a native order": {"payer": {"openid": "o1"}},
    "mchid of somebody else": {"mchid": "1900000109"},
}


@pytest.mark.parametrize("changes", WRONG_FIELDS.values(), ids=WRONG_FIELDS.keys())
def test_wrong_field_is_refused(merchant: Merchant, changes: dict[str, Any]) -> None:
    assert _refusal(merchant, **changes) == PARAM_ERROR


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"amount": NaN}', "\ufeff{}"])
def test_body_that_is_no_json_object_is_refused(merchant: Merchant, text: str) -> None:
    assert _raw(merchant, text) == PARAM_ERROR


def test_refusal_points_at_the_field_in_production_s_words(merchant: Merchant) -> None:
    answer = merchant.post(NATIVE, merchant.order(amount={"total": 0})).json()

    assert answer["message"] == (
        "输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，值低于最小值 1"
    )
    assert answer["detail"]["field"] == "/body/amount/total"
    assert (answer["detail"]["location"], answer["detail"]["value"]) == ("body", 0)


def test_longest_texts_are_accepted(merchant: Merchant) -> None:
    merchant.place(out_trade_no="A" + new_number()[:17].ljust(31, "_"), description="费" * 42)
    merchant.place(out_trade_no="AB|*" + new_number()[:17], attach="x" * 128)


def test_foreign_appid_is_refused(merchant: Merchant) -> None:
    assert _refusal(merchant, appid="wx0000000000000000") == (400, "APPID_MCHID_NOT_MATCH")


@pytest.mark.parametrize(
    "url", ["http://shop.example.com/n", "https://127.0.0.1/n", "https://localhost/n"]
)
def test_strict_setting_wants_public_https(sandbox: Sandbox, merchant: Merchant, url: str) -> None:
    merchant.place(notify_url=url)
    sandbox.settle(strict_addresses=True)

    assert _refusal(merchant, notify_url=url) == PARAM_ERROR
    merchant.place(notify_url="https://shop.example.com/n")


def test_native_order_answers_a_code_url(merchant: Merchant) -> None:
    answer = merchant.post(NATIVE, merchant.order()).json()

    assert set(answer) == {"code_url"}
    assert answer["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")


@pytest.mark.parametrize("product", ["jsapi", "app"])
def test_jsapi_and_app_orders_answer_a_prepay_id(merchant: Merchant, product: str) -> None:
    payer = {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"} if product == "jsapi" else None

    answer = merchant.post(f"/v3/pay/transactions/{product}", merchant.order(payer=payer)).json()

    assert set(answer) == {"prepay_id"}
    assert len(answer["prepay_id"]) == 36


def test_jsapi_order_needs_its_payer(merchant: Merchant) -> None:
    assert _refusal(merchant, "jsapi") == PARAM_ERROR


H5_SCENE = {"payer_client_ip": "203.0.113.9", "h5_info": {"type": "Wap"}}


def test_h5_order_answers_a_page_of_the_sandbox(sandbox: Sandbox, merchant: Merchant) -> None:
    answer = merchant.post("/v3/pay/transactions/h5", merchant.order(scene_info=H5_SCENE)).json()

    assert answer["h5_url"].startswith(f"{sandbox.url}/cashier/wechat/wx")
    assert "/?package=" in answer["h5_url"]


@pytest.mark.parametrize(
    "scene",
    [
        None,
        {"payer_client_ip": "203.0.113.9"},
        {"h5_info": {"type": "Wap"}},
        {**H5_SCENE, "payer_client_ip": "203.0.113.999"},
    ],
)
def test_h5_order_needs_its_scene(merchant: Merchant, scene: dict[str, Any] | None) -> None:
    assert _refusal(merchant, "h5", scene_info=scene) == PARAM_ERROR


def test_strict_setting_wants_the_payer_s_public_address(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    sandbox.settle(strict_addresses=True)
    scene = {**H5_SCENE, "payer_client_ip": "127.0.0.1"}
    url = "https://shop.example.com/n"

    assert _refusal(merchant, "h5", scene_info=scene, notify_url=url) == PARAM_ERROR


def test_identical_order_again_answers_a_fresh_code_and_kills_the_old_one(
    sandbox: Sandbox, merchant: Merchant
) -> None:
    body = merchant.order()
    first, second = (merchant.post(NATIVE, body).json()["code_url"] for _ in range(2))

    assert first != second
    assert len(sandbox.look("wechat/books")["orders"]) == 1


@pytest.mark.parametrize("changes", [{"amount": {"total": 12851}}, {"description": "x"}])
def test_same_number_with_other_content_is_refused(
    merchant: Merchant, changes: dict[str, Any]
) -> None:
    number = merchant.place()

    assert _refusal(merchant, out_trade_no=number, **changes) == (403, "OUT_TRADE_NO_USED")


def test_paid_number_is_refused(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.control("wechat/pay", {"serial_no": number})

    assert _refusal(merchant, out_trade_no=number) == (400, "ORDERPAID")


def test_closed_number_is_refused(merchant: Merchant) -> None:
    number = merchant.place()
    merchant.close(number)

    assert _refusal(merchant, out_trade_no=number) == (400, "ORDER_CLOSED")


def test_unpaid_order_lacks_everything_payment_brings(merchant: Merchant) -> None:
    answer = merchant.query(merchant.place()).json()

    assert answer["trade_state"] == "NOTPAY"
    assert answer["amount"] == {"total": 12850, "currency": "CNY"}
    assert not {"transaction_id", "trade_type", "success_time", "payer"} & set(answer)


def test_paid_order_is_found_by_both_numbers(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    paid = sandbox.control("wechat/pay", {"serial_no": number})
    transaction = paid["channel_serial_no"]
    target = f"/v3/pay/transactions/id/{transaction}?mchid={merchant.holder.mchid}"

    assert (len(transaction), transaction[:2]) == (28, "42")
    assert merchant.get(target).json() == merchant.query(number).json()
    assert merchant.query(number).json()["trade_type"] == "NATIVE"


def test_query_needs_the_own_mchid(merchant: Merchant) -> None:
    path = f"/v3/pay/transactions/out-trade-no/{merchant.place()}"

    for target in (path, f"{path}?mchid=1900000109"):
        response = merchant.get(target)
        assert (response.status_code, response.json()["code"]) == PARAM_ERROR


def test_unknown_order_is_404(merchant: Merchant) -> None:
    for response in (merchant.query("NOSUCHORDER"), merchant.close("NOSUCHORDER")):
        assert (response.status_code, response.json()["code"]) == (404, "ORDER_NOT_EXIST")


def test_closing_twice_is_fine(merchant: Merchant) -> None:
    number = merchant.place()

    assert [merchant.close(number).status_code for _ in range(2)] == [204, 204]
    assert merchant.query(number).json()["trade_state"] == "CLOSED"


def test_paid_order_cannot_be_closed(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    sandbox.control("wechat/pay", {"serial_no": number})

    response = merchant.close(number)

    assert (response.status_code, response.json()["code"]) == (400, "ORDERPAID")


def test_order_closes_itself_after_seven_days_only(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()

    sandbox.control("clock", {"advance_seconds": 7 * 86400 - 60})
    assert merchant.query(number).json()["trade_state"] == "NOTPAY"
    sandbox.control("clock", {"advance_seconds": 60})
    assert merchant.query(number).json()["trade_state"] == "CLOSED"
