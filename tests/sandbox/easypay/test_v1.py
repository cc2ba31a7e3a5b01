"""V1 of the platform: submit.php, mapi.php, api.php?act=..."""

import pytest
import requests

from tests.sandbox.easypay.merchant import Merchant, md5
from tests.sandbox.process import Sandbox

DAY = 86400


def test_order_call_answers_a_code_as_text_html(merchant: Merchant) -> None:
    response = merchant.post("mapi.php", merchant.signed(merchant.order(device="pc")))

    assert response.headers["Content-Type"] == "text/html; charset=UTF-8"
    answer = response.json()
    assert set(answer) == {"code", "trade_no", "qrcode"}
    assert (answer["code"], len(answer["trade_no"])) == (1, 19)


@pytest.mark.parametrize(
    ("device", "member"),
    [
        ("pc", "qrcode"),
        (None, "qrcode"),
        ("mobile", "payurl"),
        ("wechat", "payurl"),
        ("jump", "payurl"),
        ("app", "urlscheme"),
    ],
)
def test_device_decides_what_to_show_the_payer(
    merchant: Merchant, device: str | None, member: str
) -> None:
    answer = merchant.mapi(merchant.order(device=device))

    assert set(answer) == {"code", "trade_no", member}


@pytest.mark.parametrize("form", ["payurl", "qrcode", "urlscheme", "html"])
def test_platform_may_answer_in_one_form_only(
    sandbox: Sandbox, merchant: Merchant, form: str
) -> None:
    sandbox.control("easypay/settings", {"pay_form": form})

    assert form in merchant.mapi(merchant.order())


def test_type_without_an_upstream_channel_leads_to_the_cashier(merchant: Merchant) -> None:
    answer = merchant.mapi(merchant.order(type="jdpay"))

    assert "cashier.php?trade_no=" in answer["payurl"]
    assert answer["payurl"].endswith("&other=1")


def test_unknown_type_is_answered_with_a_page(merchant: Merchant) -> None:
    response = merchant.post("mapi.php", merchant.signed(merchant.order(type="gold")))

    assert (response.status_code, "站点提示信息" in response.text) == (200, True)
    with pytest.raises(requests.JSONDecodeError):
        response.json()


def test_order_call_is_a_post(merchant: Merchant) -> None:
    form = merchant.signed(merchant.order())
    response = requests.get(f"{merchant.base_url}mapi.php", params=form, timeout=30)

    assert response.json() == {"code": -4, "msg": "未传入任何参数"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"out_trade_no": None}, "订单号(out_trade_no)不能为空"),
        ({"out_trade_no": "中"}, "订单号(out_trade_no)格式不正确"),
        ({"notify_url": None}, "通知地址(notify_url)不能为空"),
        ({"name": " "}, "商品名称(name)不能为空"),
        ({"type": None}, "支付方式(type)不能为空"),
        ({"clientip": None}, "用户IP地址(clientip)不能为空"),
        ({"clientip": "nowhere"}, "用户IP地址不合法"),
        ({"money": "0"}, "金额不合法"),
        ({"money": "-1"}, "金额不合法"),
        ({"money": "0.001"}, "金额不合法"),
        ({"money": "100000.01"}, "最大支付金额是100000.00元"),
    ],
)
def test_wrong_order_is_refused(
    merchant: Merchant, changes: dict[str, str | None], message: str
) -> None:
    assert merchant.mapi(merchant.order(**changes)) == {"code": -1, "msg": message}


def test_return_url_is_needed_by_submit_only(merchant: Merchant) -> None:
    assert merchant.place(return_url=None)

    page = requests.get(merchant.submit_link(merchant.order(return_url=None)), timeout=30)

    assert (page.status_code, "回调地址(return_url)不能为空" in page.text) == (200, True)


def test_signature_covers_parameters_nobody_knows(merchant: Merchant) -> None:
    form = merchant.signed(merchant.order(device="pc", whatever="x"))
    assert merchant.post("mapi.php", form).json()["code"] == 1

    form["whatever"] = "y"
    answer = merchant.post("mapi.php", form).json()

    assert answer == {"code": -3, "msg": "MD5签名校验失败"}


def test_arrays_are_neither_read_nor_signed(merchant: Merchant) -> None:
    form = merchant.signed(merchant.order()) | {"extra[]": "x"}

    assert merchant.post("mapi.php", form).json()["code"] == 1


def test_upper_case_signature_is_refused(merchant: Merchant) -> None:
    form = merchant.signed(merchant.order())

    answer = merchant.post("mapi.php", form | {"sign": form["sign"].upper()}).json()

    assert answer["code"] == -3


def test_name_of_the_method_may_be_left_out(merchant: Merchant) -> None:
    form = merchant.order()

    answer = merchant.post("mapi.php", form | {"sign": md5(form, merchant.holder.key)}).json()

    assert answer["code"] == 1


def test_missing_signature_and_unknown_merchant(merchant: Merchant) -> None:
    unsigned = merchant.post("mapi.php", merchant.order()).json()
    stranger = merchant.mapi(merchant.order(pid="4711"))

    assert unsigned == {"code": -3, "msg": "缺少签名参数"}
    assert stranger == {"code": -1, "msg": "商户不存在！"}


def test_v1_may_be_signed_with_rsa_and_needs_no_timestamp(merchant: Merchant) -> None:
    answer = merchant.post("mapi.php", merchant.signed_rsa(merchant.order())).json()

    assert answer["code"] == 1


def test_identical_call_is_the_same_order(sandbox: Sandbox, merchant: Merchant) -> None:
    form = merchant.order()
    first = merchant.mapi(form)
    sandbox.control("clock", {"advance_seconds": DAY})

    assert merchant.mapi(form | {"device": "mobile"})["trade_no"] == first["trade_no"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("money", "12.81"),
        ("name", "other"),
        ("notify_url", "http://127.0.0.1:9/other"),
        ("return_url", "http://127.0.0.1:9/other"),
        ("param", "other"),
    ],
)
def test_changed_call_is_refused(merchant: Merchant, name: str, value: str) -> None:
    form = merchant.order()
    merchant.mapi(form)

    answer = merchant.mapi(form | {name: value})

    assert (answer["code"], "支付参数有变化" in answer["msg"]) == (-1, True)


def test_another_way_to_pay_is_no_change(merchant: Merchant) -> None:
    form = merchant.order()
    merchant.mapi(form)

    assert merchant.mapi(form | {"type": "wxpay"})["code"] == 1
    assert merchant.query(form["out_trade_no"])["type"] == "wxpay"


def test_paid_number_is_refused_for_ten_days(sandbox: Sandbox, merchant: Merchant) -> None:
    form = merchant.order()
    first = merchant.mapi(form)
    sandbox.control("easypay/pay", {"serial_no": form["out_trade_no"]})
    assert "已完成支付" in merchant.mapi(form)["msg"]

    sandbox.control("clock", {"advance_seconds": 10 * DAY})

    again = merchant.mapi(form)
    assert (again["code"], again["trade_no"] != first["trade_no"]) == (1, True)


def test_unpaid_order_is_deleted_after_two_days(sandbox: Sandbox, merchant: Merchant) -> None:
    number, paid = merchant.place(), merchant.place()
    sandbox.control("easypay/pay", {"serial_no": paid})
    sandbox.control("clock", {"advance_seconds": 2 * DAY - 60})
    assert merchant.query(number)["code"] == 1

    sandbox.control("clock", {"advance_seconds": 60})

    assert merchant.query(number) == {"code": -1, "msg": "订单号不存在"}
    assert merchant.query(paid)["status"] == 1


def test_query_of_an_unpaid_and_a_paid_order(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place(param="a=1&b=<2>", money="1.1")

    before = merchant.query(number)
    sandbox.control("easypay/pay", {"serial_no": number})
    after = merchant.query(number)

    assert (before["code"], before["msg"], before["status"]) == (1, "succ", 0)
    assert (before["endtime"], before["api_trade_no"]) == (None, None)
    assert (before["money"], before["param"]) == ("1.10", "a=1&amp;b=&lt;2&gt;")
    assert (after["status"], len(after["api_trade_no"])) == (1, 28)
    assert merchant.act("order", trade_no=after["trade_no"], out_trade_no="x") == after


def test_query_is_answered_as_json(merchant: Merchant) -> None:
    response = requests.get(f"{merchant.base_url}api.php", params={"act": "order"}, timeout=30)

    assert response.headers["Content-Type"] == "application/json; charset=UTF-8"


def test_query_without_a_number(merchant: Merchant) -> None:
    assert merchant.act("order")["code"] == -4


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"pid": "4711"}, "商户ID不存在"), ({"key": "wrong"}, "商户密钥错误")],
)
def test_stranger_is_refused(merchant: Merchant, changes: dict[str, str], message: str) -> None:
    assert merchant.act("order", **changes) == {"code": -3, "msg": message}


def test_other_merchants_order_is_unknown(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    trade_no = merchant.query(number)["trade_no"]
    other = sandbox.control("easypay/merchants")
    stranger = {"pid": other["pid"], "key": other["key"]}

    for named in ({"out_trade_no": number}, {"trade_no": trade_no}):
        answer = merchant.act("order", **named, **stranger)
        assert answer == {"code": -1, "msg": "订单号不存在"}


def test_unknown_act(merchant: Merchant) -> None:
    assert merchant.act("dance") == {"code": -5, "msg": "No Act!"}


def test_account_query_prints_the_key(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place()
    merchant.place()
    sandbox.control("easypay/pay", {"serial_no": number})

    answer = merchant.act("query")

    assert (answer["code"], answer["key"]) == (1, merchant.holder.key)
    assert (answer["money"], answer["orders"], answer["orders_today"]) == ("12.80", 2, 1)


def test_order_list_has_pages(merchant: Merchant) -> None:
    numbers = [merchant.place() for _ in range(3)]

    page = merchant.act("orders", limit="2", offset="1")

    assert [one["out_trade_no"] for one in page["data"]] == [numbers[1], numbers[0]]
    assert page["count"] == 2
    assert merchant.act("orders", status="1")["data"] == []
    assert merchant.act("settle")["data"] == []
