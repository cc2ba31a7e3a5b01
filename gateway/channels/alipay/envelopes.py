"""Alipay's answer taken apart into the exact characters its signature covers.

Rule: Alipay Open Platform, "Verify a synchronous answer". Signed is the value of the node
``..._response`` as it stands in the body, byte by byte. It is cut out by a JSON decoder, never by
counting braces (a text may hold one) and never by writing it anew (spaces and escapes would
differ).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from json import JSONDecoder

from gateway.channels.alipay.parsing import Json, Unreadable, parse_object

ERROR_NODE = "error_response"

_decode = JSONDecoder().raw_decode
_BLANKS = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One answer: what it says, the bytes that say it, and who signed them."""

    content: Json = field(repr=False)
    signed_bytes: bytes = field(repr=False)
    signature: str
    serial: str


def open_envelope(body: bytes, node: str) -> Envelope:
    """Return the answer's node, or the gateway's own error node. Raises ``Unreadable``."""
    members = parse_object(body)
    name = node if node in members else ERROR_NODE
    content = members.get(name)
    if not isinstance(content, dict):
        raise Unreadable(f"the answer holds no {node}")
    raw = dict(_members(body.decode()))[name]
    return Envelope(
        content=content,
        signed_bytes=raw.encode(),
        signature=_text(members, "sign"),
        serial=_text(members, "alipay_cert_sn"),
    )


def _members(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and raw value of each member of an object that is known to be valid JSON."""
    place = text.index("{") + 1
    while (place := _past_blanks(text, place)) < len(text) and text[place] == '"':
        name, place = _decode(text, place)
        start = _past_blanks(text, _past_blanks(text, place) + 1)
        _, end = _decode(text, start)
        yield name, text[start:end]
        place = _past_blanks(text, end) + 1


def _past_blanks(text: str, place: int) -> int:
    match = _BLANKS.match(text, place)
    return match.end() if match else place


def _text(members: Json, name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""
