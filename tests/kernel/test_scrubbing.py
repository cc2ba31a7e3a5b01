"""What must not be in a log is not there, whoever wrote it; what helps to understand stays."""

import json
import logging

import pytest

from paycenter.kernel.log_lines import JSONFormatter, LineFormatter
from paycenter.kernel.scrubbing import scrubbed, scrubbed_fields
from tests.support.pem import private_pem, rsa_key

TOKEN = "kQ9-_xYz0123456789abcdefghijklmn"
SIGNED = "WzEwMDAsIkExIl0:9Hk3PZ0aVdJ2rGfQ5sT8uWxYz-_0123456789abcdEFG"
BASE64 = "KQFVYk28PxBeTdvIlpcDnIUDc/AgoLknlQHe1KmXDFg="
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
BUYER = "01501o8f93I3nJAGB1jG4ONtdxKXORFaMm5GPgKGYZbSPo7"

PLANTED = [
    "13800138000",
    "+86 13800138000",
    OPENID,
    "2088102146225135",
    "11010519491231002X",
    BASE64,
    BUYER,
    "canary-value",
]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"/checkout/{TOKEN}/pay", "/checkout/***/pay"),
        (f"http://a.test/checkout/{TOKEN}/?begun=1", "http://a.test/checkout/***/?begun=1"),
        (f"/easypay/page/{SIGNED}/", "/easypay/page/***/"),
        (f"/easypay/choose/{SIGNED}/", "/easypay/choose/***/"),
        (f"/checkout/{TOKEN}/ /checkout/{TOKEN[::-1]}/", "/checkout/***/ /checkout/***/"),
        ("call 13800138000 now", "call *** now"),
        ("call +86 13800138000", "call ***"),
        (f"payer {OPENID}.", "payer ***."),
        ("buyer 2088102146225135", "buyer ***"),
        (f"buyer {BUYER}", "buyer ***"),
        ("id 11010519491231002X", "id ***"),
        (f"sig {BASE64} end", "sig *** end"),
        (f"data={BASE64}&a=1", "data=***&a=1"),
        ("redis://:canary-value@127.0.0.1:6379/0", "redis://***@127.0.0.1:6379/0"),
        ("postgres://me:canary-value@db/name", "postgres://***@db/name"),
        ("Authorization: Bearer canary-value", "Authorization: ***"),
        ("with bearer canary-value", "with bearer ***"),
        ("X-Pc-Signature: canary-value", "X-Pc-Signature: ***"),
        ("{'openid': 'canary-value', 'a': 1}", "{'openid': ***, 'a': 1}"),
        ('{"sign":"canary-value","a":1}', '{"sign":***,"a":1}'),
        ("password=canary-value&a=1", "password=***&a=1"),
        ("key=canary-value", "key=***"),
        ("access_token=canary-value", "access_token=***"),
        ("mobile: canary-value", "mobile: ***"),
    ],
)
def test_secrets_and_persons_are_hidden(text: str, shown: str) -> None:
    assert scrubbed(text) == shown


@pytest.mark.parametrize("whole", [True, False])
def test_a_key_block_is_hidden_also_when_it_is_cut_off(whole: bool) -> None:
    block = private_pem(rsa_key()).strip()
    text = block if whole else block[:200]
    for shown in (f"got {text}", f"got {text!r}"):
        assert "***" in scrubbed(shown)
        assert "BEGIN" not in scrubbed(shown)
        assert block.splitlines()[1][:30] not in scrubbed(shown)


@pytest.mark.parametrize(
    "text",
    [
        "/api/v1/payments/P261122080000ABCDEFGHJKM",
        "/callbacks/wechat/P0000000001/",
        "/checkout/login/",
        "payment P261122080000ABCDEFGHJKM not sent: the account has no key",
        'File "/usr/lib/python3/site-packages/django/db/backends/utils/Wrapper1/execute", line 105',
        "Task transactions.tasks.look_at_payment[0b6a5a4e-93f4-4a51-b64b-6a2d9ab1a3d1] received",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736, 1.5 s, 1234567890123",
        "channel serial 4200002468202611221234567890",
        "amount 13800 of 138001380001 fen",
        "hint for transactions.tasks.look_at_payment not published: OperationalError",
        "monkey: banana",
        "",
    ],
)
def test_what_helps_to_understand_stays(text: str) -> None:
    assert scrubbed(text) == text


def test_fields_are_hidden_by_name_and_by_looks_at_any_depth() -> None:
    fields = {
        "password": "canary-value",
        "number": 13,
        "key": 4711,
        "headers": {"X-Pc-Signature": "canary-value", "Accept": "text/plain"},
        "phones": ["13800138000", "none"],
        "body": b"canary-value",
        "openid": None,
    }
    assert scrubbed_fields(fields) == {
        "password": "***",
        "number": 13,
        "key": "***",
        "headers": {"X-Pc-Signature": "***", "Accept": "text/plain"},
        "phones": ["***", "none"],
        "body": "(12 bytes)",
        "openid": None,
    }


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("kind", [LineFormatter, JSONFormatter])
def test_neither_format_shows_them_in_message_argument_or_traceback(
    kind: type[logging.Formatter], planted: str
) -> None:
    record = logging.LogRecord("lib", logging.ERROR, "", 1, "key=%s", (planted,), None)
    try:
        raise RuntimeError(f"lost password={planted}")
    except RuntimeError as error:
        record.exc_info = (RuntimeError, error, error.__traceback__)
    written = kind().format(record)
    assert "RuntimeError: lost password=***" in written
    assert planted not in written


def test_a_library_that_logs_whole_requests_shows_nothing_of_them() -> None:
    record = logging.LogRecord("lib", logging.WARNING, "", 1, "refused", (), None)
    record.request, record.args_given = {"openid": OPENID}, ("canary-value",)
    assert set(json.loads(JSONFormatter().format(record))) == {"event", "level", "logger", "at"}
