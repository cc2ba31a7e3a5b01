"""Masking of what is kept of a call: enough to understand it, nothing to abuse it with."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from paycenter.kernel import strict_json

MAX_KEPT = 8_000
MASK = "***"
_ALWAYS = frozenset(
    {
        *("sign", "paySign", "signature", "key", "secret", "token", "ciphertext"),
        *("access_token", "refresh_token"),
    }
)
_IN_URLS = frozenset({"code"})
"""A login's code. In a body, ``code`` is what a channel calls an error."""


def masked_body(body: bytes, fields: frozenset[str]) -> str:
    """Return a JSON body as text with the values of ``fields`` masked; other bodies by size.

    ``fields`` are names at any depth, as the channel declares them. Never raises: what an answer
    looks like must not keep its effect from being stored.
    """
    if not body:
        return ""
    try:
        document = strict_json.loads(body)
    except strict_json.InvalidJSON:
        return f"({len(body)} bytes that are not JSON)"
    return strict_json.dumps(_masked(document, fields | _ALWAYS))[:MAX_KEPT]


def masked_url(url: str, fields: frozenset[str]) -> str:
    """Return a URL with the values of ``fields`` in its query masked: some channels put keys there.

    Never raises, as ``masked_body``.
    """
    address, mark, query = url.partition("?")
    return f"{address}{mark}{masked_form(query, fields | _IN_URLS)}"


def masked_form(text: str, fields: frozenset[str]) -> str:
    """Return form-encoded pairs with the values of ``fields`` masked. Never raises."""
    hidden = fields | _ALWAYS
    pairs = parse_qsl(text, keep_blank_values=True)
    kept = [(name, MASK if name in hidden else value) for name, value in pairs]
    return urlencode(kept, safe="*")


def _masked(value: Any, fields: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            name: hint(inner) if name in fields else _masked(inner, fields)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_masked(inner, fields) for inner in value]
    return value


def hint(value: Any) -> str:
    """Keep the ends of a long text, nothing of a short one."""
    text = str(value)
    return f"{text[:3]}{MASK}{text[-3:]}" if len(text) >= 12 else MASK
