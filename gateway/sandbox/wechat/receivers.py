"""Receivers of shares: bound to the payee before anything can be shared with them.

A name is checked where the platform knows the account; it travels encrypted, with a key that the
request names.
"""

from dataclasses import replace

from gateway.sandbox.refusal import NotPossible
from gateway.sandbox.wechat import split_fields as fields
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.errors import ApiError, invalid_request, param_error
from gateway.sandbox.wechat.records import JsonObject
from gateway.sandbox.wechat.server import WechatServer
from gateway.sandbox.wechat.signing import decrypt
from gateway.sandbox.wechat.split_records import (
    FAIL_REASONS,
    MERCHANT,
    Receiver,
    ReceiverAccount,
    receiver_key,
)

_MOST_RECEIVERS = 20_000


def add(call: Call) -> JsonObject:
    """Bind a receiver, or say that it is bound."""
    request = call.read_body(fields.ADD_RECEIVER)
    payee = check_caller(call, request)
    name = read_name(call, request)
    if request["type"] == MERCHANT and not name:
        raise param_error("分账接收方类型为MERCHANT_ID时，name 必填", field="/body/name")
    if (request["relation_type"] == "CUSTOM") != ("custom_relation" in request):
        raise param_error("custom_relation 在关系类型为CUSTOM时必填，否则不能填写")
    check_name(call.server, request, name)
    with call.server.atomic():
        bound = [one for one in call.server.receivers.all() if one.payee == payee]
        if len(bound) >= _MOST_RECEIVERS:
            raise ApiError(403, "RULE_LIMIT", "分账接收方数量超过上限")
        call.server.receivers.put(
            Receiver(
                payee=payee,
                type=request["type"],
                account=request["account"],
                relation_type=request["relation_type"],
                custom_relation=request.get("custom_relation", ""),
            )
        )
    told = ("sub_mchid", "type", "account", "name", "relation_type", "custom_relation")
    return {one: request[one] for one in told if one in request}


def delete(call: Call) -> JsonObject:
    """Unbind a receiver."""
    request = call.read_body(fields.DELETE_RECEIVER)
    payee = check_caller(call, request)
    key = receiver_key(payee, request["type"], request["account"])
    with call.server.atomic():
        if call.server.receivers.get(key) is None:
            raise invalid_request("分账接收方不存在")
        call.server.receivers.remove(key)
    return {one: request[one] for one in ("sub_mchid", "type", "account") if one in request}


def check_caller(call: Call, request: JsonObject) -> str:
    """The payee a call is for, its apps being those of the caller; raises ApiError."""
    merchant, payee = call.merchant, call.payee_in(request)
    if "appid" in request and request["appid"] not in merchant.appids:
        raise ApiError(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
    if request.get("sub_appid") not in (None, *merchant.sub_merchants.get(payee, [])):
        raise ApiError(400, "APPID_MCHID_NOT_MATCH", "sub_appid和sub_mchid不匹配")
    return payee


def read_name(call: Call, holder: JsonObject) -> str:
    """The decrypted name of a receiver, blank if there is none; raises ApiError."""
    if "name" not in holder:
        return ""
    if call.named is None:
        raise param_error("HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)")
    name = decrypt(call.named.private_key_pem, holder["name"])
    if not name:
        raise param_error("敏感信息解密失败", field="/body/name")
    return name


def check_name(server: WechatServer, holder: JsonObject, name: str) -> None:
    """Whether the account goes by this name, as far as the platform knows; raises ApiError."""
    merchant = server.merchants.get(holder["account"])
    known = server.account_of(holder["account"]).name or (merchant.name if merchant else "")
    if name and known and name != known:
        raise invalid_request("分账接收方名称与账号不匹配")


def set_up(server: WechatServer, account: str, wanted: JsonObject) -> ReceiverAccount:
    """Have an account behave otherwise from now on; raises NotPossible for an unknown reason."""
    if wanted.get("fail_reason") and wanted["fail_reason"] not in FAIL_REASONS:
        raise NotPossible(f"fail_reason is null or one of {', '.join(FAIL_REASONS)}.")
    with server.atomic():
        present = server.account_of(account)
        return server.receiver_accounts.put(replace(present, **wanted))
