"""One authenticated request of an app, as the business functions see it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from gateway.sandbox.alipay.errors import invalid
from gateway.sandbox.alipay.fields import Field, check_fields
from gateway.sandbox.alipay.records import App, Authorization, JsonObject
from gateway.sandbox.alipay.request import GatewayRequest
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.faults import Fault


@dataclass(frozen=True)
class Call:
    """``app`` signed, ``principal`` is for whom: the same app, or one it may act for."""

    server: AlipayServer
    app: App
    principal: Authorization
    request: GatewayRequest
    faults: Sequence[Fault] = ()

    def read_biz(self, fields: Mapping[str, Field]) -> JsonObject:
        """The JSON of biz_content, checked; raises GatewayError. Fractions stay as written."""
        try:
            content = json.loads(
                self.request.get("biz_content") or "{}",
                parse_float=str,
                parse_constant=_refuse_constant,
            )
        except (ValueError, RecursionError) as error:
            raise invalid("illegal-json", "biz_content不是合法的JSON") from error
        if not isinstance(content, dict):
            raise invalid("illegal-json", "biz_content不是合法的JSON")
        check_fields(content, fields)
        return content


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
