"""Who the payer is: web page authorisation of official accounts, without asking (snsapi_base).

The page sends WeChat's browser on at once with a code; the code is exchanged, once and within five
minutes, for the payer's openid, which is another one in every app. Errors of the exchange come with
HTTP 200 and ``errcode``, and all of it as text/plain.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from gateway.sandbox.browser import is_web_address, send_to, with_query
from gateway.sandbox.reply import Reply, to_response
from gateway.sandbox.wechat.envelopes import to_json
from gateway.sandbox.wechat.faults import IDENTIFY, MENU
from gateway.sandbox.wechat.records import JsonObject, Login, Merchant
from gateway.sandbox.wechat.server import CHANNEL, WechatServer
from gateway.sandbox.world import world

_TEXT = {"Content-Type": "text/plain"}
_CODE_SECONDS = 300
_ORDER = ["appid", "redirect_uri", "response_type", "scope", "state"]


class _Refused(Exception):
    """``code`` and words of a refusal, as WeChat's page or its exchange tells them."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code, self.words = code, words


@require_GET
def authorize(request: HttpRequest) -> HttpResponse:
    """The page behind the redirect: on with a code, or an error that the payer sees."""
    server, asked = world().wechat, request.GET
    try:
        _check_page(server, request.META.get("QUERY_STRING", ""))
    except _Refused as error:
        content = {"heading": gettext("This login cannot be opened"), "hint": str(error)}
        return render(request, "sandbox/result.html", content)
    code = secrets.token_urlsafe(24)
    openid = openid_of(asked["appid"], server.switches.payer)
    server.logins.put(Login(code, asked["appid"], openid, server.now() + _CODE_SECONDS))
    back = with_query(asked["redirect_uri"], {"code": code, "state": asked.get("state", "")})
    return send_to(back)


@require_GET
def access_token(request: HttpRequest) -> HttpResponse:
    """The exchange of a code."""
    reply = _answered(world().wechat, request.GET.dict())
    return to_response(request, replace(reply, headers=_TEXT))


def openid_of(appid: str, payer: str) -> str:
    """28 letters that begin with o: the same for the same person in the same app."""
    digest = hashlib.sha256(f"{appid}:{payer}".encode()).digest()
    return f"o{base64.urlsafe_b64encode(digest).decode()[:27]}"


def _check_page(server: WechatServer, query: str) -> None:
    """WeChat matches the whole address with a pattern, so the order of parameters counts."""
    pairs = parse_qsl(query, keep_blank_values=True)
    asked = dict(pairs)
    if _owner(server, asked.get("appid", "")) is None:
        raise _Refused(10012, "appid 参数错误")
    if not is_web_address(asked.get("redirect_uri", "")):
        raise _Refused(10003, "redirect_uri 参数错误")
    if asked.get("scope") != "snsapi_base":
        raise _Refused(10005, "Scope 参数错误或没有 Scope 权限")
    known = [name for name, _ in pairs if name in _ORDER]
    if asked.get("response_type") != "code" or known != _ORDER[: len(known)]:
        # The number is ours: production just does not open such a page.
        raise _Refused(10000, "参数错误，请检查参数顺序和 response_type")


def _owner(server: WechatServer, appid: str) -> Merchant | None:
    return next((one for one in server.merchants.all() if appid in one.every_appid), None)


def _answered(server: WechatServer, asked: Mapping[str, str]) -> Reply:
    faults = server.engine.faults.draw(CHANNEL, IDENTIFY, MENU)
    for fault in faults:
        instead = fault.instead()
        if instead is not None:
            return instead
    try:
        document = _exchange(server, asked)
    except _Refused as error:
        rid = "-".join(secrets.token_hex(4) for _ in range(3))
        document = {"errcode": error.code, "errmsg": f"{error.words}, rid: {rid}"}
    reply = Reply(200, to_json(document))
    for fault in faults:
        reply = fault.afterwards(reply)
    return reply


def _exchange(server: WechatServer, asked: Mapping[str, str]) -> JsonObject:
    for name, code in (("appid", 41002), ("secret", 41004), ("code", 41008)):
        if not asked.get(name):
            raise _Refused(code, f"{name} missing")
    if asked.get("grant_type") != "authorization_code":
        raise _Refused(40002, "invalid grant_type")
    owner = _owner(server, asked["appid"])
    if owner is None:
        raise _Refused(40013, "invalid appid")
    if asked["secret"] != owner.app_secret:
        raise _Refused(40125, "invalid appsecret")
    login = _use(server, asked["code"], appid=asked["appid"])
    return {
        "access_token": secrets.token_urlsafe(64),
        "expires_in": 7200,
        "refresh_token": secrets.token_urlsafe(64),
        "openid": login.openid,
        "scope": "snsapi_base",
    }


def _use(server: WechatServer, code: str, *, appid: str) -> Login:
    with server.atomic():
        login = server.logins.get(code)
        if login is None or login.appid != appid or server.now() >= login.expires_at:
            raise _Refused(40029, "invalid code")
        if login.is_used:
            raise _Refused(40163, "code been used")
        return server.logins.put(replace(login, is_used=True))


urlpatterns = [
    path("connect/oauth2/authorize", authorize),
    path("sns/oauth2/access_token", access_token),
]
