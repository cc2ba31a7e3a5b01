"""Who may call gateway.do: the checks, their order, and which refusals are signed."""

import html
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from tests.sandbox.alipay.merchant import Answer, Merchant, moment
from tests.sandbox.process import Sandbox

QUERY = "alipay.trade.query"
BIZ = {"out_trade_no": "NONE"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": ""}, "40001:isv.missing-method"),
        ({"app_id": ""}, "40001:isv.missing-app-id"),
        ({"app_id": "9021000100000000"}, "40002:isv.invalid-app-id"),
    ],
)
def test_stranger_is_refused_without_a_signature(
    merchant: Merchant, changes: dict[str, str], code: str
) -> None:
    answer = merchant.call("query", BIZ, **changes)

    assert (answer.code, list(answer.envelope)) == (code, [answer.name])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sign_type": None}, "40001:isv.missing-signature-type"),
        ({"sign_type": "RSA"}, "40002:isv.invalid-signature-type"),
        ({"sign": ""}, "40001:isv.missing-signature"),
        ({"sign": "QUJD"}, "40002:isv.invalid-signature"),
        ({"charset": "latin-1"}, "40002:isv.invalid-charset"),
        ({"version": None}, "40001:isv.missing-version"),
        ({"format": "xml"}, "40002:isv.invalid-format"),
        ({"encrypt_type": "AES"}, "40002:isv.invalid-encrypt-type"),
        ({"timestamp": None}, "40001:isv.missing-timestamp"),
        ({"timestamp": "2026-13-01 00:00:00"}, "40002:isv.invalid-timestamp"),
        ({"timestamp": "1760000000"}, "40002:isv.invalid-timestamp"),
        ({"timestamp": moment(-2 * 24 * 3600)}, "40002:isv.invalid-timestamp"),
        ({"app_auth_token": "202601BBnone"}, "20001:aop.invalid-app-auth-token"),
        ({"method": "alipay.trade.unknown"}, "40002:isv.invalid-method"),
    ],
)
def test_refusal_of_a_known_app_is_signed(
    merchant: Merchant, changes: dict[str, str | None], code: str
) -> None:
    answer = merchant.send(merchant.parameters(QUERY, BIZ, **changes))

    assert (answer.code, answer.is_signed) == (code, True)
    assert answer.response.status_code == 200


def test_app_is_looked_up_before_its_signature(merchant: Merchant) -> None:
    assert merchant.call("query", BIZ, app_id="1", sign="x").code == "40002:isv.invalid-app-id"


def test_wrong_signature_shows_what_was_to_be_signed(merchant: Merchant) -> None:
    parameters = merchant.parameters(QUERY, BIZ, sign="QUJD")

    message = merchant.send(parameters).node["sub_msg"]

    pairs = (f"{name}={parameters[name]}" for name in sorted(parameters) if name != "sign")
    assert message.endswith(html.escape("&".join(pairs)))
    assert "&amp;method=" in message


@pytest.mark.parametrize("changed", ["biz_content", "timestamp", "notify_url"])
def test_whatever_was_changed_after_signing_is_noticed(merchant: Merchant, changed: str) -> None:
    parameters = merchant.parameters(QUERY, BIZ, notify_url="http://127.0.0.1:9/")

    answer = merchant.send(parameters | {changed: parameters[changed] + " "})

    assert answer.code == "40002:isv.invalid-signature"


def test_parameter_without_a_value_is_not_signed(merchant: Merchant) -> None:
    parameters = merchant.parameters(QUERY, BIZ)

    assert merchant.send(parameters | {"notify_url": ""}).code == "40004:ACQ.TRADE_NOT_EXIST"


def test_get_post_and_a_mixture_are_the_same(merchant: Merchant) -> None:
    parameters = merchant.parameters(QUERY, BIZ)
    encoded = urlencode(parameters)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    responses = [
        requests.get(f"{merchant.url}?{encoded}", timeout=5),
        requests.post(merchant.url, data=encoded, headers=headers, timeout=5),
        requests.post(f"{merchant.url}?charset=utf-8", data=encoded, headers=headers, timeout=5),
        merchant.send(parameters).response,
    ]

    assert len({response.content for response in responses}) == 1
    assert responses[0].headers["Content-Type"] == "text/html;charset=utf-8"


def test_gbk_is_read_and_answered(merchant: Merchant) -> None:
    biz = merchant.order(subject="车位费")

    placed = merchant.call("precreate", biz, charset="GBK")

    assert (placed.code, placed.response.headers["Content-Type"]) == (
        "10000",
        "text/html;charset=gbk",
    )
    missing = merchant.send(merchant.parameters(QUERY, BIZ, charset="gbk"))
    assert "交易不存在".encode("gbk") in missing.body


def test_letters_that_are_not_of_the_charset_are_refused(merchant: Merchant) -> None:
    parameters = merchant.parameters(QUERY, '{"out_trade_no":"车"}', sign="")
    parameters["sign"] = merchant.sign(parameters, codec="gbk")

    response = requests.get(f"{merchant.url}?{urlencode(parameters, encoding='gbk')}", timeout=5)

    answer = Answer(response, merchant.holder.alipay_public_key_pem)
    assert (answer.code, answer.is_signed) == ("40002:isv.invalid-charset", True)


def test_service_provider_acts_for_a_merchant(sandbox: Sandbox) -> None:
    holder = sandbox.identity.alipay.service_provider
    provider = Merchant(sandbox.url, holder, app_auth_token=str(holder.app_auth_token))
    number = provider.place()

    assert sandbox.look(f"alipay/orders/{number}")["mchid"] == holder.auth_seller_id
    assert sandbox.control("alipay/pay", {"serial_no": number})["mchid"] == holder.auth_seller_id
    assert provider.query(number).code == "10000"
    itself = Merchant(sandbox.url, holder)
    assert itself.query(number).code == "40004:ACQ.TRADE_NOT_EXIST"


def test_order_of_parameters_does_not_matter(merchant: Merchant) -> None:
    _, link = merchant.link("page")
    pairs = parse_qsl(urlsplit(link).query)

    shuffled = f"{merchant.url}?{urlencode(pairs[::-1])}"

    assert "128.50" in requests.get(shuffled, timeout=5).text
