"""Stored reasons are English evidence; people read them in their language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from gateway.models import Callback, ChannelCall
from merchants.models import SecurityRecord
from notifications.models import Delivery, DeliveryAttempt
from paycenter.kernel.clock import now
from paycenter.operators.reasons import in_words
from tests.admin.pages import address, read
from transactions.models import Order

SOURCES = (
    "transactions/services",
    "transactions/api",
    "gateway/inbox.py",
    *(f"gateway/channels/{channel}/{module}.py"
      for channel in ("alipay", "easypay", "wechat")
      for module in ("callbacks", "channel", "parsing", "signing")),
)  # fmt: skip
SAYING = {"NotAuthentic", "Unreadable", "CallbackRejected", "Applied"}
JUDGES = {"_mismatch", "_refund_mismatch", "_oddity"}


def written(node: ast.AST) -> str | None:
    """Return the text a literal or f-string writes, with ``X1`` for every value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(written(part) or "X1" for part in node.values)
    return None


def said_by(node: ast.AST) -> list[ast.expr | None]:
    """Return what a call or a judging function gives as a reason."""
    if isinstance(node, ast.Call):
        given = [word.value for word in node.keywords if word.arg == "reason"]
        return [*given, *(node.args if getattr(node.func, "id", "") in SAYING else [])]
    if isinstance(node, ast.FunctionDef) and node.name in JUDGES:
        return [inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return)]
    return []


def reasons(source: str) -> Iterator[str]:
    """Return every reason a module writes itself."""
    for node in ast.walk(ast.parse(source)):
        for given in said_by(node):
            text = written(given) if given is not None else None
            if text and text != "X1 X1":
                yield text


def all_reasons() -> set[str]:
    """Return every reason that callbacks, refusals and reports of ours are given."""
    found: set[str] = set()
    for name in SOURCES:
        path = Path(settings.BASE_DIR) / name
        for module in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            found.update(reasons(module.read_text()))
    return found


def test_every_reason_we_write_has_its_chinese() -> None:
    found = all_reasons()
    assert len(found) > 60
    with override("zh-hans"):
        assert sorted(text for text in found if in_words(text) == text) == []


@pytest.mark.parametrize(
    ("stored", "chinese"),
    [
        ("amount 100 instead of 12850 fen", "金额为 100 分，应为 12850 分"),
        ("channel merchant '1' instead of '2'", "渠道商户为 '1'，应为 '2'"),
        ("channel merchant '1'", "渠道商户为 '1'"),
        ("unreadable: amount is missing", "无法解读：缺少 amount"),
        ("NoAnswer: ConnectionError", "无应答: 连接中断"),
        ("NotSent: ConnectTimeout", "未发出: 未能及时建立连接"),
        ("signature_invalid", "密钥未知或签名错误"),
        ("%(given)s", "%(given)s"),
        ("HTTP 503", "HTTP 503"),
        ("", ""),
    ],
)
def test_a_reason_is_read_in_words(stored: str, chinese: str) -> None:
    with override("zh-hans"):
        assert in_words(stored) == chinese


def test_an_english_reader_reads_english() -> None:
    with override("en"):
        assert in_words("amount 1 instead of 2 fen") == "amount 1 instead of 2 fen"
        assert in_words("NoAnswer: ReadTimeout") == "no answer: no answer in time"


def test_pages_show_words_and_no_code(browser: Client, order: Order) -> None:
    Callback.objects.update(result="mismatch", reason="amount 100 instead of 12850 fen")
    ChannelCall.objects.update(error="NoAnswer: ConnectionError")
    Delivery.objects.update(last_error="ReadTimeout")
    delivery = Delivery.objects.latest("pk")
    attempt = DeliveryAttempt(delivery=delivery, merchant_id=delivery.merchant_id, number=9)
    attempt.at, attempt.milliseconds, attempt.error = now(), 15_000, "ReadTimeout"
    attempt.save()
    shown = {
        Callback: "金额为 100 分",
        ChannelCall: "连接中断",
        DeliveryAttempt: "未及时应答",
        SecurityRecord: "密钥未知或签名错误",
        Order: "金额为 100 分",
        Delivery: "未及时应答",
    }
    for model, words in shown.items():
        row = model._default_manager.latest("pk")
        pages = [address(model, "change", row.pk)]
        pages += [] if model in {Order, Delivery} else [address(model, "changelist")]
        for url in pages:
            page = read(browser, url)
            assert words in page, url
            for code in ("NoAnswer", "ReadTimeout", "instead of", "signature_invalid"):
                assert code not in page, (url, code)


def test_where_a_page_is_has_no_code(browser: Client, order: Order) -> None:
    Callback.objects.update(result="mismatch")
    callback, call = Callback.objects.latest("id"), ChannelCall.objects.earliest("id")
    assert f"与本地记录不符 {callback.number}" in read(
        browser, address(Callback, "change", callback.pk)
    )
    assert f"下单 {call.number}" in read(browser, address(ChannelCall, "change", call.pk))
