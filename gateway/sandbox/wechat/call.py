"""One authenticated request of a merchant, as the business functions see it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from gateway.sandbox.faults import Fault
from gateway.sandbox.wechat.envelopes import Signer
from gateway.sandbox.wechat.errors import ApiError, param_error
from gateway.sandbox.wechat.records import JsonObject, Merchant
from gateway.sandbox.wechat.schema import BODY, Field, Group, Place
from gateway.sandbox.wechat.server import WechatServer


@dataclass(frozen=True)
class Call:
    """``base_url`` is how the caller reached the sandbox; payment pages are linked from it.

    ``named`` is the platform's key that the request names, with which it may encrypt fields.
    """

    server: WechatServer
    merchant: Merchant
    body: bytes
    query: Mapping[str, str]
    base_url: str
    faults: Sequence[Fault]
    named: Signer | None = None

    def read_body(self, fields: Group) -> JsonObject:
        """The JSON body, checked; raises ApiError."""
        try:
            document: JsonObject = json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise param_error("请求的 body 不是合法的 JSON") from error
        fields.check(document, BODY)
        return document

    def read_query(self, fields: Group) -> Mapping[str, str]:
        """The query parameters, checked; raises ApiError."""
        fields.check(dict(self.query), Place("/query", "query"))
        return self.query

    def read_path(self, field: Field, name: str, value: str) -> str:
        """One variable of the path, checked; raises ApiError."""
        field.check(value, Place(f"/uri_template/{name}", "uri_template"))
        return value

    def check_mchid(self, claimed: str) -> None:
        """The merchant named in the content must be the one that signed; raises ApiError."""
        if claimed != self.merchant.mchid:
            raise param_error("http header中的mchid与post payload中的mchid不匹配", value=claimed)

    def check_sub_mchid(self, claimed: str) -> None:
        """A service provider acts only for merchants bound to it; raises ApiError."""
        if claimed not in self.merchant.sub_merchants:
            raise ApiError(403, "NO_AUTH", "特约子商户商户号未授权服务商的产品权限")

    def payee_in(self, content: Mapping[str, str]) -> str:
        """The merchant whose money a call of either kind of caller is about; raises ApiError."""
        if self.merchant.is_service_provider:
            self.check_sub_mchid(content.get("sub_mchid", ""))
            return content["sub_mchid"]
        if "sub_mchid" in content:
            raise param_error("直连商户不能传 sub_mchid", field="/body/sub_mchid")
        return self.merchant.mchid

    def check_kind(self, *, partner: bool) -> None:
        """Direct merchants use the direct API, service providers the partner one."""
        if self.merchant.is_service_provider != partner:
            raise ApiError(403, "NO_AUTH", "商户无此接口权限")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
