"""Who calls? The gateway's checks in production's order.

The app is looked up before anything else about it is judged; only then a refusal can be signed.
Signature type, signature, certificates and the signature itself come next, then the other common
parameters, and last for whom the app acts.
"""

import html
import re
import time

from gateway.sandbox.alipay import signing, times
from gateway.sandbox.alipay.errors import GatewayError, UnknownApp, invalid, missing
from gateway.sandbox.alipay.records import App, Authorization
from gateway.sandbox.alipay.request import GatewayRequest
from gateway.sandbox.alipay.server import AlipayServer

DAY = 24 * 3600


def known_app(server: AlipayServer, request: GatewayRequest) -> App:
    """The app that claims to call; raises UnknownApp."""
    if not request.get("method"):
        raise UnknownApp("40001", "isv.missing-method", "缺少方法名参数")
    app_id = request.get("app_id")
    if not app_id:
        raise UnknownApp("40001", "isv.missing-app-id", "缺少appId参数")
    app = server.apps.get(app_id)
    if app is None:
        raise UnknownApp("40002", "isv.invalid-app-id", "无效的AppID参数")
    return app


def authenticate(server: AlipayServer, app: App, request: GatewayRequest) -> None:
    """Whether the app signed this very request; raises GatewayError otherwise."""
    if not request.get("sign_type"):
        raise missing("signature-type", "签名类型")
    if request.get("sign_type") != signing.SIGN_TYPE:
        raise invalid("invalid-signature-type", "无效的签名类型")
    if not request.get("sign"):
        raise missing("signature", "签名")
    if app.uses_certificates:
        _check_certificates(server, app, request)
    content = signing.request_content(request.raw)
    if not signing.verifies(app.app_public_key_pem, content, request.get("sign")):
        raise invalid("invalid-signature", _explain(content, request))


def check_common_parameters(request: GatewayRequest, *, tolerance_seconds: int = DAY) -> None:
    """Charset, version, format, encryption and time; raises GatewayError."""
    if not request.is_readable:
        raise invalid("invalid-charset", "字符集错误")
    if not request.get("version"):
        raise missing("version", "版本")
    if request.get("format") and request.get("format").lower() != "json":
        raise invalid("invalid-format", "无效的数据格式")
    if request.get("encrypt_type"):
        raise invalid("invalid-encrypt-type", "无效的加密类型")
    _check_timestamp(request.get("timestamp"), tolerance_seconds)


def principal(app: App, request: GatewayRequest) -> Authorization:
    """For whom the app acts: itself, or whoever the app_auth_token names; raises GatewayError."""
    token = request.get("app_auth_token")
    if not token:
        return Authorization(app.app_id, app.seller_id)
    granted = app.authorizations.get(token)
    if granted is None:
        raise GatewayError("20001", "aop.invalid-app-auth-token", "无效的应用授权令牌")
    return Authorization(**granted)


def _check_certificates(server: AlipayServer, app: App, request: GatewayRequest) -> None:
    for name, right in (
        ("app_cert_sn", app.app_cert_sn),
        ("alipay_root_cert_sn", server.root_cert_sn),
    ):
        dashed = name.replace("_", "-")
        if not request.get(name):
            raise missing(dashed, name)
        if request.get(name) != right:
            raise invalid(f"invalid-{dashed}", f"无效的{name}参数")


def _explain(content: bytes, request: GatewayRequest) -> str:
    """What we would have signed: the best help for whoever writes a client."""
    built = html.escape(content.decode(request.codec, errors="replace"))
    return (
        f"验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{built}"
    )


def _check_timestamp(text: str, tolerance_seconds: int) -> None:
    if not text:
        raise missing("timestamp", "时间戳")
    if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text, re.ASCII) is None:
        raise invalid("invalid-timestamp", "非法的时间戳参数")
    try:
        moment = times.to_unix(text)
    except ValueError as error:
        raise invalid("invalid-timestamp", "非法的时间戳参数") from error
    if abs(time.time() - moment) > tolerance_seconds:
        raise invalid("invalid-timestamp", "非法的时间戳参数")
