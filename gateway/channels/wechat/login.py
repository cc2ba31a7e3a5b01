"""Who the payer is: the silent web authorisation of an official account.

Rules: WeChat official accounts, "Web page authorisation" (``snsapi_base``). WeChat's browser comes
back with a code, good once and for five minutes, which is exchanged for the payer's openid. The
answer carries no signature: the TLS connection it comes over is all that makes it WeChat's.
"""

import re
from urllib.parse import urlencode

from gateway.channels.wechat.config import PRODUCTION_URL, official_account_secret
from gateway.channels.wechat.parsing import Json, Unreadable, parse_object, required_text, words
from gateway.channels.wechat.statuses import LOGIN_REFUSALS
from gateway.channels.wechat.wire import running_appid
from gateway.contract import Transport
from gateway.messages import ChannelAccount, Failure, InvokeMethod, Outcome, Payer, PayerIdentity
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest, WireResponse

PAGES_URL = "https://open.weixin.qq.com"
API_URL = "https://api.weixin.qq.com"

_HEADERS = {"Accept": "application/json", "User-Agent": "paycenter"}
_OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}", re.ASCII)


def login_url(account: ChannelAccount, *, redirect_uri: str, state: str) -> str:
    """Return the page that sends WeChat's browser on with a code, without asking the payer.

    Raises ``ConfigurationError`` when the code could not be exchanged afterwards.
    """
    appid, _ = _official_account(account)
    # WeChat matches the address with a pattern: in another order it is refused.
    parameters = {
        "appid": appid,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    page = f"{_host(account, PAGES_URL)}/connect/oauth2/authorize"
    return f"{page}?{urlencode(parameters)}#wechat_redirect"


def identify(account: ChannelAccount, code: str, transport: Transport) -> PayerIdentity:
    """Exchange a code for the payer's openid, which belongs to the app id of JSAPI orders."""
    appid, secret = _official_account(account)
    parameters = {
        "appid": appid,
        "secret": secret,
        "code": code,
        "grant_type": "authorization_code",
    }
    url = f"{_host(account, API_URL)}/sns/oauth2/access_token?{urlencode(parameters)}"
    try:
        response = transport.send(WireRequest("GET", url, _HEADERS))
    except NotSent:
        return _unknown("not_sent", "WeChat could not be reached")
    except NoAnswer:
        return _unknown("no_answer", "no whole answer came in time")
    return _identity(response)


def _official_account(account: ChannelAccount) -> tuple[str, str]:
    """Return the app id that payers are known by, and its secret."""
    appid = running_appid(account, InvokeMethod.OFFICIAL_ACCOUNT)
    return appid, official_account_secret(account, appid)


def _host(account: ChannelAccount, production: str) -> str:
    """The sandbox plays every host of WeChat's under its one address."""
    base_url = account.base_url.rstrip("/")
    return production if base_url == PRODUCTION_URL else base_url


def _identity(response: WireResponse) -> PayerIdentity:
    if response.status != 200:
        return _unknown(f"http_{response.status}")
    try:
        content = parse_object(response.body)
        refusal = _refusal(content)
        return refusal or PayerIdentity(Outcome.SUCCEEDED, Payer(openid=_openid(content)))
    except Unreadable as error:
        return _unknown("unreadable_answer", str(error))


def _refusal(content: Json) -> PayerIdentity | None:
    """An error comes with status 200 and ``errcode``; what is not listed may pass."""
    code = content.get("errcode", 0)
    if type(code) is not int:
        raise Unreadable("errcode is not an integer")
    if not code:
        return None
    outcome = Outcome.FAILED if code in LOGIN_REFUSALS else Outcome.UNKNOWN
    return PayerIdentity(outcome, failure=Failure(str(code), words(content.get("errmsg"))))


def _openid(content: Json) -> str:
    openid = required_text(content, "openid")
    if not _OPENID.fullmatch(openid):
        raise Unreadable("openid has characters that no openid has")
    return openid


def _unknown(code: str, message: str = "") -> PayerIdentity:
    return PayerIdentity(Outcome.UNKNOWN, failure=Failure(code, message))
