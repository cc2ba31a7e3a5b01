"""Business rules of an order call that no field table can say; each raises an ApiError."""

from gateway.sandbox.wechat import times
from gateway.sandbox.wechat.addresses import check_client_ip, check_notify_url
from gateway.sandbox.wechat.call import Call
from gateway.sandbox.wechat.envelopes import to_json
from gateway.sandbox.wechat.errors import ApiError, invalid_request, param_error
from gateway.sandbox.wechat.records import JsonObject

DAY = 24 * 3600
_DETAIL_BYTES = 6144
_LATEST_EXPIRY = 15 * DAY
_SOONEST_EXPIRY = 60
_DEFAULT_EXPIRY = 7 * DAY


def check_order(call: Call, request: JsonObject, *, partner: bool) -> None:
    """Everything beyond the shape of the fields."""
    call.check_kind(partner=partner)
    if partner:
        _check_partner(call, request)
    else:
        call.check_mchid(request["mchid"])
        _check_appid(request["appid"], call.merchant.appids)
    strict = call.server.switches.strict_addresses
    check_notify_url(request["notify_url"], strict=strict)
    if "scene_info" in request:
        check_client_ip(request["scene_info"]["payer_client_ip"], strict=strict)
    if len(to_json(request.get("detail", {}))) > _DETAIL_BYTES:
        raise param_error("优惠功能 detail 超过 6144 字节", field="/body/detail")


def expiry_of(request: JsonObject, now: int) -> int:
    """The last moment to pay: at least a minute ahead, at most fifteen days, else seven days."""
    if "time_expire" not in request:
        return now + _DEFAULT_EXPIRY
    try:
        wanted = times.to_unix(request["time_expire"])
    except (ValueError, OverflowError) as error:
        raise param_error("time_expire 格式错误", field="/body/time_expire") from error
    return min(max(wanted, now + _SOONEST_EXPIRY), now + _LATEST_EXPIRY)


def _check_partner(call: Call, request: JsonObject) -> None:
    call.check_mchid(request["sp_mchid"])
    call.check_sub_mchid(request["sub_mchid"])
    _check_appid(request["sp_appid"], call.merchant.appids)
    if "sub_appid" in request:
        _check_appid(request["sub_appid"], call.merchant.sub_merchants[request["sub_mchid"]])
    payer = request.get("payer")
    if payer is not None and not payer:
        raise param_error("sp_openid 与 sub_openid 必须传其一", field="/body/payer")
    if payer and "sub_openid" in payer and "sub_appid" not in request:
        raise invalid_request("传入 sub_openid 时 sub_appid 必填")


def _check_appid(appid: str, bound: list[str]) -> None:
    if appid not in bound:
        raise ApiError(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
