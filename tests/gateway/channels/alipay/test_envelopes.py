"""The signed bytes of an answer are cut out as they stand, whatever the texts in it hold."""

import pytest

from gateway.channels.alipay.answers import Answer, read_answer
from gateway.channels.alipay.config import load_keys
from gateway.channels.alipay.envelopes import open_envelope
from gateway.channels.alipay.parsing import Unreadable
from paycenter.kernel.http import WireResponse
from tests.gateway.channels.alipay import peer
from tests.gateway.channels.alipay.peer import VECTORS

QUERY = peer.node_of("alipay.trade.query")
SIGNED = ["query_trade_not_exist", "response_nested_object", "trade_query_response"]
AWKWARD = [
    '{"code":"10000","a":"\\/x\\u4e2d\\"}"}',
    '{ "code" : "10000" ,\n "list" : [ { "b" : "}]" } ] }',
    '{"code":"10000","store":"{\\\\"}',
    '{"code":"10000","费":"\U0001f600 &amp; \\ud83d\\ude00"}',
    "{}",
]


def trusted_answer(body: str, node: str = QUERY) -> Answer:
    keys = load_keys(peer.account())
    return read_answer(keys.trusted, WireResponse(200, {}, body.encode()), node)


@pytest.mark.parametrize("name", SIGNED)
def test_signed_part_of_an_answer_is_cut_as_the_official_kits_cut_it(name: str) -> None:
    vector = VECTORS[name]
    envelope = open_envelope(vector["raw_body"].encode(), QUERY)
    assert envelope.signed_bytes.decode() == vector["sign_content"]
    assert envelope.signature == vector["sign"]
    assert trusted_answer(vector["raw_body"]).problem is None


@pytest.mark.parametrize("raw", AWKWARD)
@pytest.mark.parametrize(
    "layout", ['{{"{0}":{1},"sign":"s"}}', ' {{ "sign" : "s" , "{0}" : {1} }}\n']
)
def test_signed_part_is_cut_to_the_byte(raw: str, layout: str) -> None:
    body = layout.format(QUERY, raw)
    assert open_envelope(body.encode(), QUERY).signed_bytes.decode() == raw


def test_certificate_named_after_the_node_is_read() -> None:
    response = peer.answer("alipay.trade.query", {}, pen=peer.certificates().pen)
    envelope = open_envelope(response.body, QUERY)
    assert envelope.serial == peer.certificates().pen.serial


def test_changed_answer_is_not_believed() -> None:
    answer = trusted_answer(VECTORS["tampered_response_must_fail"]["raw_body"])
    assert answer.problem is not None
    assert not answer.succeeded


def test_encrypted_answer_that_nobody_asked_for_is_not_believed() -> None:
    answer = trusted_answer(VECTORS["aes_response"]["raw_body"])
    assert answer.problem is not None
    assert answer.problem.code == "unreadable_answer"


def test_answer_to_another_interface_is_not_believed() -> None:
    body = VECTORS["trade_query_response"]["raw_body"]
    answer = trusted_answer(body, peer.node_of("alipay.trade.refund"))
    assert answer.problem is not None


def test_error_node_of_the_gateway_is_read() -> None:
    content = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.code-invalid"}
    body = peer.answer("", content, node="error_response").body.decode()
    assert trusted_answer(body).failure.code == "isv.code-invalid"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"sign":"x"}',
        b'{"%s":[],"sign":"x"}' % QUERY.encode(),
        b'{"%s":{},"%s":{},"sign":"x"}' % (QUERY.encode(), QUERY.encode()),
        b'{"%s":{"a":1,"a":2},"sign":"x"}' % QUERY.encode(),
        b'{"%s":{"a":NaN},"sign":"x"}' % QUERY.encode(),
        '{"错误":"页"}'.encode("gbk"),
        b"{" * 10_000,
        b'{"a":' * 10_000,
    ],
)
def test_body_that_is_no_answer_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        open_envelope(body, QUERY)


@pytest.mark.parametrize("sign", ['["x"]', "null", "1", '{"a":"b"}'])
def test_signature_that_is_no_text_is_none(sign: str) -> None:
    answer = trusted_answer(f'{{"{QUERY}":{{"code":"10000"}},"sign":{sign}}}')
    assert not answer.succeeded
