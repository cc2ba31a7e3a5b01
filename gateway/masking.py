"""Masking of what is kept of a call: enough to understand it, nothing to abuse it with."""

import json
from typing import Any

MAX_KEPT = 8_000
MASK = "***"
_ALWAYS = frozenset({"sign", "paySign", "signature", "key", "secret", "token", "ciphertext"})


def masked_body(body: bytes, fields: frozenset[str]) -> str:
    """Return a JSON body as text with the values of ``fields`` masked; other bodies by size.

    ``fields`` are names at any depth, as the channel declares them.
    """
    if not body:
        return ""
    try:
        document = json.loads(body)
    except ValueError:
        return f"({len(body)} bytes that are not JSON)"
    return json.dumps(_masked(document, fields | _ALWAYS), ensure_ascii=False)[:MAX_KEPT]


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
