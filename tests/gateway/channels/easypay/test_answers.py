"""How far an answer may be trusted, in whatever shape it comes."""

import json
from typing import Any

import pytest

from gateway.channels.easypay.answers import Answer, read_answer
from gateway.channels.easypay.config import key_pairs, shared_keys
from gateway.channels.easypay.statuses import FINDINGS
from gateway.messages import Finding
from paycenter.kernel.http import WireResponse
from tests.gateway.channels.easypay.peer import (
    NOW,
    VECTORS,
    answer,
    error,
    html,
    rsa_signed,
    signed_answer,
    v1_account,
    v2_account,
)

V1 = shared_keys(v1_account())
V2 = key_pairs(v2_account())


def problem(read: Answer) -> str:
    assert read.problem is not None
    return read.problem.code


class TestShape:
    @pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", ""])
    def test_content_type_does_not_matter(self, kind: str) -> None:
        response = WireResponse(200, {"content-type": kind}, b'{"code":1}')
        assert read_answer(V1, response).succeeded("1")

    @pytest.mark.parametrize("value", [1, "1"])
    def test_code_is_a_number_or_its_text(self, value: object) -> None:
        assert read_answer(V1, answer({"code": value})).succeeded("1")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"success",
            b"[]",
            b"null",
            b"{}",
            b'{"code":""}',
            b'{"code":null}',
            b'{"code":true}',
            b'{"code":[1]}',
            b'{"code":1,"code":1}',
            b'{"code":NaN}',
            pytest.param(b"[" * 10_000, id="deep"),
            pytest.param(b'{"code":' + b"1" * 5000 + b"}", id="monstrous number"),
            html().body,
        ],
    )
    def test_what_is_no_answer_proves_nothing(self, body: bytes) -> None:
        for scheme in (V1, V2):
            read = read_answer(scheme, WireResponse(200, {}, body))
            assert problem(read) == "unreadable_answer"
            assert not read.is_refusal
            assert not read.misses(())

    @pytest.mark.parametrize("status", [301, 302, 500, 502, 503])
    def test_status_of_a_redirect_or_breakdown_outweighs_the_body(self, status: int) -> None:
        read = read_answer(V1, answer({"code": 1}, status=status))
        assert problem(read) == f"http_{status}"
        assert not read_answer(V1, answer({"code": -1}, status=status)).is_refusal

    @pytest.mark.parametrize("status", [400, 404])
    def test_some_platforms_refuse_with_a_status(self, status: int) -> None:
        assert read_answer(V1, answer({"code": -1, "msg": "x"}, status=status)).is_refusal
        assert not read_answer(V1, answer({"code": 1}, status=status)).succeeded("1")

    def test_words_are_bounded_and_printable(self) -> None:
        read = read_answer(V1, error(-1, "余额\n\x00" * 500))
        assert read.failure.message == ("余额" * 500)[:256]


class TestSignature:
    def test_vector_is_authentic(self) -> None:
        item = next(one for one in VECTORS["vectors"] if one["name"] == "v2_create_response")
        response = answer({**item["params"], "sign": item["sign"]})
        assert problem(read_answer(V2, response)) == "unverified_answer"  # it is of another day

    @pytest.mark.parametrize(
        "member",
        [
            {"money": 0.97},
            {"money": 100.0},
            {"money": 100},
            {"list": [1, {"a": 2}]},
            {"object": {}},
            {"nothing": None},
            {"blank": ""},
            {"slash": "https://x/y"},
            {"words": "中 & <b>"},
        ],
    )
    def test_members_are_signed_as_php_prints_them(self, member: dict[str, Any]) -> None:
        texts = {"code": "0", "msg": "ok"}
        for name, value in member.items():
            if isinstance(value, str | int | float):
                texts[name] = str(value).removesuffix(".0")
        extra = {k: v for k, v in rsa_signed(texts).items() if k not in texts}
        read = read_answer(V2, answer({"code": 0, "msg": "ok", **member, **extra}))
        assert read.succeeded("0")

    def test_signed_members_cannot_be_changed(self) -> None:
        members = json.loads(signed_answer({"code": 0, "money": "19.90"}).body)
        for name, value in (("code", 1), ("money", "0.01"), ("new", "1"), ("timestamp", NOW + 1)):
            read = read_answer(V2, answer({**members, name: value}))
            assert problem(read) == "unverified_answer"

    @pytest.mark.parametrize("apart", [-301, 301])
    def test_old_answer_is_not_authentic(self, apart: int) -> None:
        response = answer(rsa_signed({"code": "0"}, timestamp=NOW + apart))
        assert problem(read_answer(V2, response)) == "unverified_answer"

    def test_unsigned_success_of_v2_proves_nothing(self) -> None:
        assert problem(read_answer(V2, answer({"code": 0}))) == "unverified_answer"

    def test_unsigned_refusal_of_v2_is_heard_and_not_authentic(self) -> None:
        read = read_answer(V2, error(-3, "签名校验失败"))
        assert read.is_refusal
        assert not read.authentic
        assert read_answer(V2, signed_answer({"code": -1, "msg": "x"})).authentic

    def test_v1_signs_nothing(self) -> None:
        assert read_answer(V1, answer({"code": 1})).authentic


@pytest.mark.parametrize(
    ("code", "message", "finding"),
    [
        (-3, "商户ID不存在", Finding.UNKNOWN_ACCOUNT),
        (-1, "商户不存在！", Finding.UNKNOWN_ACCOUNT),
        (-3, "商户密钥错误", Finding.WRONG_KEY),
        (-2, "KEY校验失败", None),
        (-3, "RSA签名校验失败", Finding.WRONG_KEY),
        (-3, "该商户只能使用RSA签名类型", Finding.MISCONFIGURED),
        (-3, "时间戳字段不正确，请检查服务器时间", Finding.CLOCK),
        (-1, "订单号不存在", None),
        (-4, "未传入任何参数", None),
    ],
)
def test_refusal_of_the_account_is_told_apart_by_its_words(
    code: int, message: str, finding: Finding | None
) -> None:
    assert FINDINGS.get(read_answer(V2, error(code, message)).failure.code) is finding
