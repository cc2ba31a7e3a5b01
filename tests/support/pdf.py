"""Reading the text of a PDF whose font speaks UTF-16 (ISO 32000-1, 7.3.4, 7.4 and 9.4.3)."""

import base64
import re
import zlib

_STREAM = re.compile(
    rb"/Filter \[ /ASCII85Decode /FlateDecode \].*?stream\r?\n(.*?)endstream", re.S
)
_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\) Tj", re.S)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.S)
_CONTROL = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pdf_text(document: bytes) -> str:
    """Return what is written on the pages, one shown piece a line."""
    contents = [
        zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        for stream in _STREAM.findall(document)
    ]
    pieces = [piece for content in contents for piece in _SHOWN.findall(content)]
    return "\n".join(_ESCAPE.sub(_unescaped, piece).decode("utf-16-be") for piece in pieces)


def _unescaped(found: "re.Match[bytes]") -> bytes:
    code = found[1]
    return bytes([int(code, 8)]) if len(code) == 3 else _CONTROL.get(code, code)
