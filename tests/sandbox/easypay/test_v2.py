"""V2 of the platform: signed requests and answers, and what is not signed."""

import time

import pytest
import requests

from tests.sandbox.easypay.merchant import Merchant, is_signed, md5
from tests.sandbox.process import Sandbox


def test_successful_answers_are_signed(
    sandbox: Sandbox, merchant: Merchant, platform_key: str
) -> None:
    form = merchant.order(method="web")
    created = merchant.post_v2("pay/create", form)
    number = {"out_trade_no": form["out_trade_no"]}
    sandbox.control("easypay/pay", {"serial_no": form["out_trade_no"]})

    assert created.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert is_signed(created.json(), platform_key)
    for route, more in (
        ("pay/query", number),
        ("pay/refund", number | {"money": "1.00", "out_refund_no": "R-00001"}),
        ("pay/refundquery", {"out_refund_no": "R-00001"}),
        ("merchant/info", {}),
        ("merchant/orders", {}),
    ):
        answer = merchant.v2(route, more)
        assert (answer["code"], is_signed(answer, platform_key)) == (0, True), route
        assert abs(time.time() - int(answer["timestamp"])) < 60


@pytest.mark.parametrize(
    ("method", "more", "pay_type"),
    [
        ("web", {"device": "pc"}, "qrcode"),
        ("web", {"device": "mobile"}, "jump"),
        ("jump", {}, "jump"),
        ("jsapi", {"sub_openid": "oOne"}, "jsapi"),
        ("app", {}, "app"),
        ("applet", {}, "wxapp"),
        ("scan", {"auth_code": "280000000000000000"}, "scan"),
    ],
)
def test_method_decides_what_to_show_the_payer(
    merchant: Merchant, method: str, more: dict[str, str], pay_type: str
) -> None:
    answer = merchant.v2("pay/create", merchant.order(method=method, **more))

    assert answer["pay_type"] == pay_type


def test_payment_code_pays_at_once(merchant: Merchant) -> None:
    number = merchant.place_v2(method="scan", auth_code="280000000000000000", type=None)

    assert merchant.v2("pay/query", {"out_trade_no": number})["status"] == 1


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("jsapi", "jsapi支付时参数(sub_openid)不能为空"),
        ("scan", "付款码支付时授权码(auth_code)不能为空"),
        ("dance", "请求方式(method)不存在"),
    ],
)
def test_refused_order_is_not_signed(merchant: Merchant, method: str, message: str) -> None:
    answer = merchant.v2("pay/create", merchant.order(method=method))

    assert answer == {"code": -1, "msg": message}


@pytest.mark.parametrize("seconds", [-301, 302])
def test_old_and_future_requests_are_refused(merchant: Merchant, seconds: int) -> None:
    stamp = str(int(time.time()) + seconds)

    answer = merchant.v2("pay/query", {"out_trade_no": "X"}, timestamp=stamp)

    assert (answer["code"], "时间戳字段不正确" in answer["msg"]) == (-3, True)


@pytest.mark.parametrize("seconds", [-290, 290])
def test_five_minutes_are_tolerated(merchant: Merchant, seconds: int) -> None:
    stamp = str(int(time.time()) + seconds)

    assert merchant.v2("pay/query", {"out_trade_no": "X"}, timestamp=stamp)["code"] == -1


@pytest.mark.parametrize("stamp", ["", "yesterday", "１"])
def test_timestamp_must_be_one(merchant: Merchant, stamp: str) -> None:
    assert merchant.v2("pay/query", {}, timestamp=stamp)["code"] == -3


def test_wrong_signature_is_refused(merchant: Merchant) -> None:
    stamped = {"pid": merchant.holder.pid, "timestamp": str(int(time.time()))}
    signed = merchant.signed_rsa(stamped)

    answer = merchant.post("api/merchant/info", signed | {"extra": "1"}).json()

    assert answer == {"code": -3, "msg": "RSA签名校验失败"}


def test_md5_is_accepted_unless_the_merchant_is_for_rsa_only(
    sandbox: Sandbox, merchant: Merchant, platform_key: str
) -> None:
    stamped = {"pid": merchant.holder.pid, "timestamp": str(int(time.time()))}
    signed = merchant.signed(stamped)
    assert is_signed(merchant.post("api/merchant/info", signed).json(), platform_key)

    sandbox.control(f"easypay/merchants/{merchant.holder.pid}", {"rsa_only": True})

    refusal = {"code": -3, "msg": "该商户只能使用RSA签名类型"}
    assert merchant.post("api/merchant/info", signed).json() == refusal
    assert merchant.mapi(merchant.order()) == refusal
    assert merchant.query("X") == refusal
    assert merchant.v2("merchant/info", {})["code"] == 0


def test_calls_are_posts(merchant: Merchant) -> None:
    stamped = {"pid": merchant.holder.pid, "timestamp": str(int(time.time()))}
    signed = merchant.signed_rsa(stamped)

    response = requests.get(f"{merchant.base_url}api/merchant/info", params=signed, timeout=30)

    assert response.json() == {"code": -4, "msg": "未传入任何参数"}


@pytest.mark.parametrize(
    ("route", "message"), [("pay/dance", "接口方法不存在"), ("pay", "URL Error!")]
)
def test_unknown_routes(merchant: Merchant, route: str, message: str) -> None:
    assert merchant.v2(route, {}) == {"code": -5, "msg": message}


def test_paths_are_rewritten_to_a_parameter(merchant: Merchant) -> None:
    number = merchant.place_v2()
    form = merchant.signed_rsa(
        {"pid": merchant.holder.pid, "timestamp": str(int(time.time())), "out_trade_no": number}
    )

    answer = merchant.post("api.php?s=pay/query", form).json()

    assert answer["out_trade_no"] == number


def test_submit_as_a_form_needs_no_rewritten_parameter(merchant: Merchant) -> None:
    form = merchant.order(timestamp=str(int(time.time())))

    page = merchant.post("api/pay/submit", merchant.signed_rsa(form))

    assert "window.location.replace" in page.text
    assert merchant.v2("pay/query", {"out_trade_no": form["out_trade_no"]})["code"] == 0


@pytest.mark.parametrize(("signs_it", "is_accepted"), [(False, False), (True, True)])
def test_submit_as_a_link_must_sign_the_rewritten_parameter(
    merchant: Merchant, signs_it: bool, is_accepted: bool
) -> None:
    form = merchant.order(timestamp=str(int(time.time())), s="pay/submit" if signs_it else None)

    url = f"{merchant.base_url}api/pay/submit"
    page = requests.get(url, params=merchant.signed_rsa(form), timeout=30)

    assert ("window.location.replace" in page.text) is is_accepted
    assert ("RSA签名校验失败" in page.text) is not is_accepted


def test_query_leaves_empty_members_out_but_not_zero(sandbox: Sandbox, merchant: Merchant) -> None:
    number = merchant.place_v2()

    answer = merchant.v2("pay/query", {"out_trade_no": number})

    assert (answer["code"], answer["status"], answer["clientip"]) == (0, 0, "192.0.2.7")
    assert not {"endtime", "buyer", "param", "refundmoney", "api_trade_no"} & set(answer)


def test_refusal_of_a_query_is_not_signed(merchant: Merchant) -> None:
    answer = merchant.v2("pay/query", {"out_trade_no": "X"})

    assert answer == {"code": -1, "msg": "订单号不存在"}


def test_closed_order_stays_unpaid_and_can_still_be_paid(
    sandbox: Sandbox, merchant: Merchant, platform_key: str
) -> None:
    number = merchant.place_v2()

    closed = merchant.v2("pay/close", {"out_trade_no": number})

    assert (closed["code"], closed["msg"]) == (0, "订单关闭成功")
    assert is_signed(closed, platform_key)
    assert merchant.v2("pay/query", {"out_trade_no": number})["status"] == 0
    assert sandbox.look(f"easypay/orders/{number}")["state"] == "closed"
    assert sandbox.control("easypay/pay", {"serial_no": number})["state"] == "succeeded"


def test_paid_order_cannot_be_closed(
    sandbox: Sandbox, merchant: Merchant, platform_key: str
) -> None:
    number = merchant.place_v2()
    sandbox.control("easypay/pay", {"serial_no": number})

    answer = merchant.v2("pay/close", {"out_trade_no": number})

    assert (answer["code"], is_signed(answer, platform_key)) == (-1, True)


def test_not_every_upstream_channel_can_close(merchant: Merchant, platform_key: str) -> None:
    number = merchant.place_v2(type="qqpay")

    answer = merchant.v2("pay/close", {"out_trade_no": number})

    assert (answer["code"], "不支持" in answer["msg"]) == (-1, True)
    assert is_signed(answer, platform_key)


def test_order_list_is_not_covered_by_the_signature(merchant: Merchant, platform_key: str) -> None:
    merchant.place_v2()

    answer = merchant.v2("merchant/orders", {})

    assert is_signed(answer | {"data": []}, platform_key)


def test_order_in_key_suffix_variant(sandbox: Sandbox, merchant: Merchant) -> None:
    sandbox.control(f"easypay/merchants/{merchant.holder.pid}", {"key_suffix": "ampersand"})
    form = merchant.order()

    assert merchant.mapi(form)["code"] == -3
    signed = form | {"sign": md5(form, f"&key={merchant.holder.key}")}
    assert merchant.post("mapi.php", signed).json()["code"] == 1
