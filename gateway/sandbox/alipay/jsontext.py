"""JSON as the gateway writes it."""

import json

from gateway.sandbox.alipay.records import JsonObject


def to_json(document: JsonObject, codec: str = "utf-8") -> bytes:
    """Compact JSON; letters the charset lacks are written as ``\\uXXXX``."""
    try:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(codec)
    except UnicodeEncodeError:
        return json.dumps(document, separators=(",", ":")).encode(codec)
