"""Who may come in: nothing moves for a request that is not signed for the door it names."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from merchants.doors import open_door
from merchants.models import SecurityRecord
from tests.easypay_door.client import Form, OldApplication, document, md5
from tests.support.desk import Desk
from tests.support.parties import make_application
from transactions.models import Order

Forge = Callable[[OldApplication, Form], Form]


def _without(name: str) -> Forge:
    return lambda _, form: {key: value for key, value in form.items() if key != name}


def _with(**changes: str) -> Forge:
    return lambda _, form: form | changes


FORGERIES: dict[str, Forge] = {
    "no signature": _without("sign"),
    "empty signature": _with(sign=""),
    "signature of another length": _with(sign="00"),
    "random signature": _with(sign="0" * 32),
    "upper case": lambda _, form: form | {"sign": form["sign"].upper()},
    "line feed behind it": lambda _, form: form | {"sign": form["sign"] + "\n"},
    "not ascii": _with(sign="签" * 32),
    "money changed": _with(money="0.01"),
    "a parameter added": _with(device="mobile"),
    "another merchant": _with(pid="999999"),
    "no merchant": _without("pid"),
    "merchant that is no number": _with(pid="１０００"),
    "signed with an empty key": lambda _, form: form | {"sign": md5(form, "")},
    "suffix of other platforms": lambda old, form: form | {"sign": md5(form, f"&key={old.key}")},
    "another algorithm": _with(sign_type="RSA"),
    "algorithm none": _with(sign_type="NONE"),
    "algorithm in lower case": _with(sign_type="md5"),
    "RSA where MD5 belongs": lambda old, form: old.signed_rsa(old.order()),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_forged_v1_order_is_refused_and_recorded(old: OldApplication, what: str) -> None:
    answer = old.post("mapi.php", FORGERIES[what](old, old.signed(old.order())))

    assert answer == {"code": -3, "msg": "MD5签名校验失败"}
    assert not Order.objects.exists()
    record = SecurityRecord.objects.get()
    assert (record.door, record.path) == ("easypay", "/easypay/mapi.php")


def test_genuine_order_is_let_in_without_a_sign_type(old: OldApplication) -> None:
    form = old.signed(old.order())
    del form["sign_type"]

    assert old.post("mapi.php", form)["code"] == 1


V2_FORGERIES: dict[str, Forge] = {
    "no signature": _without("sign"),
    "not base64": _with(sign="签"),
    "money changed": _with(money="0.01"),
    "another merchant": _with(pid="999999"),
    "MD5 instead of RSA": lambda old, form: old.signed(_without("sign")(old, form)),
    "MD5 that calls itself RSA": lambda old, form: old.signed(form) | {"sign_type": "RSA"},
    "old": lambda old, form: old.signed_rsa(form | {"timestamp": "1700000000"}),
    "of tomorrow": lambda old, form: old.signed_rsa(
        form | {"timestamp": str(int(form["timestamp"]) + 400)}
    ),
    "without a time": lambda old, form: old.signed_rsa(_without("timestamp")(old, form)),
    "time that is no number": lambda old, form: old.signed_rsa(form | {"timestamp": "NaN"}),
}


@pytest.mark.parametrize("what", V2_FORGERIES)
def test_forged_v2_order_is_refused_without_a_signature(
    old: OldApplication, what: str, now_text: str
) -> None:
    form = old.signed_rsa(old.order(timestamp=now_text))

    answer = old.post("api/pay/create", V2_FORGERIES[what](old, form))

    assert (answer["code"], "sign" in answer) == (-3, False)
    assert not Order.objects.exists()


def test_door_without_the_applications_key_has_no_v2(old: OldApplication) -> None:
    old.door.merchant_public_key = ""
    old.door.save()

    assert old.create()["code"] == -3


@pytest.mark.parametrize("key", ["", "wrong", "键"])
def test_wrong_key_and_unknown_merchant_get_the_same_answer(old: OldApplication, key: str) -> None:
    wrong = old.act("order", key=key, out_trade_no="A1")
    unknown = old.act("order", pid="999999", out_trade_no="A1")

    assert wrong == unknown == {"code": -3, "msg": "商户ID不存在或商户密钥错误"}


def test_query_may_be_signed_instead_of_showing_the_key(old: OldApplication) -> None:
    old.mapi()
    form = old.signed({"pid": str(old.door.pid), "act": "order", "out_trade_no": "A1"})

    assert _get(old, form)["code"] == 1
    assert _get(old, form | {"out_trade_no": "A2"})["code"] == -3


@pytest.mark.parametrize(
    "body",
    [
        "pid={pid}&money=0.01&money=100",
        "pid={pid}&sign[]=x",
        "pid={pid}&name=%ff",
        "pid={pid}&name=%00",
        "pid={pid}&" + "&".join(f"a{n}=1" for n in range(100)),
        "pid={pid}&name=" + "x" * 70_000,
        "物业",
        "",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(old: OldApplication, body: str) -> None:
    response = old.raw_post("mapi.php", body.format(pid=old.door.pid))

    assert document(response)["code"] < 0
    assert not Order.objects.exists()


def test_name_in_query_and_form_is_refused(old: OldApplication) -> None:
    form = old.signed(old.order())

    assert old.post("mapi.php?money=100", form) == {"code": -1, "msg": "参数重复"}


def test_signed_string_cannot_be_cut_up_anew(old: OldApplication) -> None:
    """A payer's name for the order brings a second amount, which a signature covers as well."""
    dear = old.order(device="pc", money="1000.00", name="x&money=0.01&name=y", clientip=None)
    signed = old.signed(dear)
    cheap = signed | {"device": "pc&money=1000.00&name=x", "money": "0.01", "name": "y"}
    assert md5(cheap, old.key) == signed["sign"]

    for form in (signed, cheap):
        assert b"<h1>" in old.raw_post("submit.php", urlencode(form)).content
    assert not Order.objects.exists()


def test_refund_is_never_let_in_by_a_signature(paid: OldApplication) -> None:
    """Whoever has read a signed request could send it again."""
    form = {"pid": str(paid.door.pid), "act": "refund", "out_trade_no": "A1", "money": "1.00"}

    assert paid.post("api.php", paid.signed(form))["code"] == -3


def test_address_outside_the_list_is_refused_except_for_payers(
    desk: Desk, old: OldApplication
) -> None:
    desk.application.ip_allow_list = ["203.0.113.0/24"]
    desk.application.save()

    assert old.mapi()["code"] == -3
    assert old.act("query")["code"] == -3
    page = old.raw_post("submit.php", urlencode(old.signed(old.order())))
    assert b"window.location.replace" in page.content


@pytest.mark.parametrize("closed", ["door", "application"])
def test_closed_door_lets_nobody_in(old: OldApplication, closed: str) -> None:
    row: Any = old.door if closed == "door" else old.door.application
    row.is_active = False
    row.save()

    assert old.mapi() == {"code": -3, "msg": "商户已停用"}
    assert old.act("query")["code"] == -3


def test_another_doors_order_does_not_exist(desk: Desk, old: OldApplication) -> None:
    trade_no = old.mapi()["trade_no"]
    stranger_door, key = open_door(make_application(desk.account), wxpay_account=desk.account)
    stranger = OldApplication(stranger_door, key)

    assert stranger.act("order", trade_no=trade_no) == {"code": -1, "msg": "订单号不存在"}
    assert stranger.act("order", out_trade_no="A1")["code"] == -1
    assert stranger.refund("1.00", trade_no=trade_no)["code"] == -1
    assert stranger.act("orders")["data"] == []


def test_no_secret_leaves_in_an_answer_or_a_record(
    old: OldApplication, caplog: pytest.LogCaptureFixture
) -> None:
    old.mapi()
    answers = [old.act(act, out_trade_no="A1") for act in ("query", "order", "orders", "x")]
    old.act("query", pid="999999")

    records = [str(vars(record)) for record in SecurityRecord.objects.all()]
    assert old.key not in f"{answers}{records}{caplog.text}{old.door!r}"


def _get(old: OldApplication, form: Form) -> dict[str, Any]:
    return document(old.client.get(f"/easypay/api.php?{urlencode(form)}"))
