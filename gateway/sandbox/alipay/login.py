"""Who the payer is: the login of Alipay's browser to an app, without asking (auth_base).

The page sends the browser on at once with a code; alipay.system.oauth.token exchanges it, once, for
the payer's account number or, as for newer apps, for the app's own name for the payer.
"""

import base64
import hashlib
import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from gateway.sandbox.alipay import times
from gateway.sandbox.alipay.call import Call
from gateway.sandbox.alipay.errors import GatewayError, invalid
from gateway.sandbox.alipay.records import JsonObject, Login
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.browser import is_web_address, send_to, with_query
from gateway.sandbox.world import world

PAYER_IDS = ("user_id", "open_id")

# The least that production promises; it may be up to a day.
_CODE_SECONDS = 180


@require_GET
def authorize(request: HttpRequest) -> HttpResponse:
    """The page behind the redirect: on with a code, or an error that the payer sees."""
    server, asked = world().alipay, request.GET.dict()
    try:
        _check_page(server, asked)
    except GatewayError as error:
        reason = f"{error.sub_code}: {error.sub_msg}"
        content = {"heading": gettext("This login cannot be opened"), "hint": reason}
        return render(request, "sandbox/result.html", content)
    code, app_id = secrets.token_hex(16), asked["app_id"]
    server.logins.put(Login(code, app_id, server.switches.payer, server.now() + _CODE_SECONDS))
    told = {
        "app_id": app_id,
        "source": "alipay_wallet",
        "scope": asked["scope"],
        "auth_code": code,
        "state": asked.get("state", ""),
    }
    return send_to(with_query(asked["redirect_uri"], told))


def exchange(call: Call) -> JsonObject:
    """alipay.system.oauth.token: its parameters stand beside biz_content, not in it."""
    if call.request.get("grant_type") != "authorization_code":
        raise invalid("grant-type-invalid", "授权类型grant_type无效")
    login = _use(call, call.request.get("code"))
    by_number = call.server.switches.payer_id == "user_id"
    payer = login.buyer_id if by_number else open_id_of(login.app_id, login.buyer_id)
    return {
        "access_token": f"authbseB{secrets.token_hex(16)}",
        "auth_start": times.to_text(call.server.now()),
        "expires_in": 1296000,
        "re_expires_in": 2592000,
        "refresh_token": f"authbseB{secrets.token_hex(16)}",
        call.server.switches.payer_id: payer,
    }


def open_id_of(app_id: str, buyer_id: str) -> str:
    """The app's name for an account: the same every time, and another one in every app."""
    digest = hashlib.sha256(f"{app_id}:{buyer_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _check_page(server: AlipayServer, asked: dict[str, str]) -> None:
    if server.apps.get(asked.get("app_id", "")) is None:
        raise invalid("invalid-app-id", "无效的AppID参数")
    if asked.get("scope") != "auth_base":
        raise invalid("invalid-scope", "无效的scope参数")
    if not is_web_address(asked.get("redirect_uri", "")):
        raise invalid("invalid-redirect-uri", "无效的redirect_uri参数")


def _use(call: Call, code: str) -> Login:
    """The payer logged in to one app; with an app_auth_token the call is another app's."""
    server, app_id = call.server, call.principal.app_id
    with server.atomic():
        login = server.logins.get(code)
        if login is None or login.app_id != app_id or server.now() >= login.expires_at:
            raise invalid("code-invalid", "授权码code无效")
        server.logins.remove(code)
        return login
