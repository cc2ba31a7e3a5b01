"""Who may come in: by the key in plain sight (api.php?act=...), or by a signature.

Everything refused here is answered without a signature.
"""

import time
from functools import partial

from gateway.sandbox.easypay.call import Parameters
from gateway.sandbox.easypay.errors import NO_PARAMETERS, NOT_SIGNED, ApiError
from gateway.sandbox.easypay.records import Merchant
from gateway.sandbox.easypay.server import EasypayServer
from gateway.sandbox.easypay.signing import (
    is_md5_signature,
    is_rsa_signature,
    md5_signature,
    sign_content,
)

_TIMESTAMP_SECONDS = 300
_RSA_ONLY = "该商户只能使用RSA签名类型"


def by_key(server: EasypayServer, parameters: Parameters) -> Merchant:
    """The merchant that showed its MD5 key; raises ApiError."""
    merchant = server.merchants.get(parameters.get("pid", "").strip())
    if merchant is None:
        raise ApiError("商户ID不存在", NOT_SIGNED)
    if parameters.get("key") != merchant.key:
        raise ApiError("商户密钥错误", NOT_SIGNED)
    if server.profile(merchant.pid).rsa_only:
        raise ApiError(_RSA_ONLY, NOT_SIGNED)
    return merchant


def _by_signature(server: EasypayServer, parameters: Parameters, *, timed: bool) -> Merchant:
    """The merchant that signed, with MD5 or RSA; raises ApiError."""
    if "pid" not in parameters:
        raise ApiError("未传入任何参数", NO_PARAMETERS)
    merchant = server.merchants.get(parameters["pid"].strip())
    if merchant is None:
        raise ApiError("商户不存在！")
    sign_type = parameters.get("sign_type") or "MD5"
    if server.profile(merchant.pid).rsa_only and sign_type != "RSA":
        raise ApiError(_RSA_ONLY, NOT_SIGNED)
    if timed:
        _check_timestamp(parameters.get("timestamp", ""))
    _check_signature(server, merchant, parameters, sign_type)
    return merchant


#: V1: no timestamp, whichever way the request is signed.
by_signature = partial(_by_signature, timed=False)
#: V2: a signature of the last five minutes.
by_timed_signature = partial(_by_signature, timed=True)


def _check_timestamp(timestamp: str) -> None:
    if not timestamp:
        raise ApiError("时间戳(timestamp)字段不能为空", NOT_SIGNED)
    is_number = timestamp.isascii() and timestamp.isdigit()
    if not is_number or abs(time.time() - int(timestamp)) > _TIMESTAMP_SECONDS:
        raise ApiError("时间戳字段不正确，请检查服务器时间", NOT_SIGNED)


def _check_signature(
    server: EasypayServer, merchant: Merchant, parameters: Parameters, sign_type: str
) -> None:
    signature = parameters.get("sign", "")
    if not signature:
        raise ApiError("缺少签名参数", NOT_SIGNED)
    content = sign_content(parameters)
    if sign_type == "RSA":
        is_good = is_rsa_signature(signature, content, merchant.public_key_pem)
    else:
        suffix = server.profile(merchant.pid).key_suffix
        expected = md5_signature(content, merchant.key, key_suffix=suffix)
        is_good = sign_type == "MD5" and is_md5_signature(signature, expected)
    if not is_good:
        raise ApiError(f"{sign_type}签名校验失败", NOT_SIGNED)
