"""What no log line may hold, whoever wrote it: keys, signatures, tokens, and who the payer is.

The last net, below everything that keeps secrets out of messages in the first place. It goes by
the names of values and by their looks, and would rather hide a harmless word than show a key.
"""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"

_NAMES = (
    r"[\w-]*(?:secret|password|passwd|signature|authorization|cookie|ciphertext|"
    r"private_key|api_?v3_key|webhook_key|access_key|sealing_keys)"
    r"|(?:[\w-]+[_-])?token|sign|paysign|key|pwd|openid|sub_openid|buyer_open_id|buyer_id|payer_id"
    r"|open_id|user_id|phone|mobile|tel|id_card|real_name|receiver_name"
)
_SECRET_NAME = re.compile(rf"(?:{_NAMES})", re.IGNORECASE | re.ASCII)
_NAMED = re.compile(
    rf"(?<![\w-])(?P<name>{_NAMES})(?P<joint>['\"]?\s*[=:]\s*)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|(?:(?:bearer|basic)\s+)?[^\s,;&'\"(){}\[\]<>]+)",
    re.IGNORECASE | re.ASCII,
)
_LOOKS = (
    # A PEM block, also one that was written on one line or cut off.
    re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL),
    # The password of an address: redis://:password@host.
    re.compile(r"(?<=://)[^\s/@]*:[^\s/@]*(?=@)"),
    re.compile(r"(?<=\bbearer )[^\s,;'\"]+", re.IGNORECASE),
    # WeChat's openid, Alipay's user number.
    re.compile(
        r"(?<![A-Za-z0-9_-])(?=[a-z_-]*[A-Z0-9])(?=[A-Za-z_-]*[0-9])(?=[a-z0-9_-]*[A-Z])"
        r"o[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])"
    ),
    re.compile(r"(?<![A-Za-z0-9])2088\d{12}(?![A-Za-z0-9])"),
    # Mobile phones, and the numbers of identity cards.
    re.compile(r"(?<![A-Za-z0-9.])(?:\+?86[- ]?)?1[3-9]\d{9}(?![A-Za-z0-9])"),
    re.compile(r"(?<![A-Za-z0-9])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![A-Za-z0-9])"),
)
# Keys, signatures and tokens in base64. Paths look alike, but not between two of their slashes.
_LONG = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{40,}={0,2}", re.ASCII)
_MIXED = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Z])(?=[^/]*[a-z])[^/]{12,}", re.ASCII)
# Whoever knows the address of a payer's page may read what it shows.
_PAGE_KEY = re.compile(r"(/(?:checkout|easypay/page|easypay/choose)/)[A-Za-z0-9_:.-]{20,}")


def scrubbed(text: str) -> str:
    """Return a text without what must not be in a log."""
    text = _PAGE_KEY.sub(rf"\1{MASK}", text)
    text = _LONG.sub(lambda found: MASK if _is_mixed(found.group()) else found.group(), text)
    for look in _LOOKS:
        text = look.sub(MASK, text)
    return _NAMED.sub(rf"\g<name>\g<joint>{MASK}", text)


def _is_mixed(text: str) -> bool:
    return any(_MIXED.fullmatch(part) for part in text.split("/"))


def scrubbed_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a log entry without it, at any depth."""
    return {str(name): _scrubbed_value(str(name), value) for name, value in fields.items()}


def _scrubbed_value(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return MASK if _SECRET_NAME.fullmatch(name) and value is not None else value
    if _SECRET_NAME.fullmatch(name):
        return MASK
    if isinstance(value, Mapping):
        return scrubbed_fields(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrubbed_value("", one) for one in value]
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    return scrubbed(str(value))
