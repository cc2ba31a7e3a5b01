"""One request to gateway.do: query and body merged, with the raw values that were signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_CODECS = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gbk", "gb2312": "gbk", "gb18030": "gb18030"}


@dataclass(frozen=True)
class GatewayRequest:
    """``raw`` holds every parameter as the bytes that were URL-encoded.

    ``base_url`` is how the caller reached the sandbox; files are linked from it.
    """

    raw: Mapping[bytes, bytes]
    charset: str
    base_url: str = ""

    @property
    def codec(self) -> str:
        """Python's name of the declared charset; UTF-8 where nobody knows that one."""
        return codec_of(self.charset)

    @property
    def knows_charset(self) -> bool:
        """Whether the declared charset is one the gateway can read."""
        return self.charset.lower() in _CODECS

    @property
    def is_readable(self) -> bool:
        """Whether every value is written in the declared charset."""
        try:
            for value in self.raw.values():
                value.decode(self.codec)
        except UnicodeDecodeError:
            return False
        return self.knows_charset

    def get(self, name: str) -> str:
        """The decoded value, or nothing; letters that cannot be decoded become U+FFFD."""
        return self.raw.get(name.encode(), b"").decode(self.codec, errors="replace").strip()


def codec_of(charset: str) -> str:
    """Python's name of a charset; UTF-8 where nobody knows that one."""
    return _CODECS.get(charset.lower(), "utf-8")


def read_request(query: bytes, body: bytes = b"") -> GatewayRequest:
    """Merge both; the charset is taken from the query first, as the gateway does."""
    in_query, in_body = _parameters(query), _parameters(body)
    charset = in_query.get(b"charset") or in_body.get(b"charset") or b"utf-8"
    return GatewayRequest(raw=in_query | in_body, charset=charset.decode(errors="replace"))


def _parameters(encoded: bytes) -> dict[bytes, bytes]:
    """Form-encoded pairs; a line break at the end of a body is nobody's value."""
    pairs = (part.partition(b"=") for part in encoded.strip().split(b"&") if part)
    return {_decoded(name): _decoded(value) for name, _, value in pairs}


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
