"""Who the payer is: the silent login of Alipay's own browser.

Rules: Alipay Open Platform, "User authorisation" (``auth_base``) and ``alipay.system.oauth.token``.
Unlike every other interface, this one says no code when it succeeds, and refuses in
``error_response``.
"""

import re
from urllib.parse import urlencode

from gateway.channels.alipay.answers import Answer
from gateway.channels.alipay.config import PRODUCTION_URL, caller_appid
from gateway.channels.alipay.parsing import Json, Unreadable, required_text, text
from gateway.messages import ChannelAccount, Failure, Operation, Outcome, Payer, PayerIdentity

PAGES_URL = "https://openauth.alipay.com"

_USER_ID = re.compile(r"2088[0-9]{12}", re.ASCII)
_OPEN_ID = re.compile(r"[0-9A-Za-z_-]{1,128}", re.ASCII)


def login_url(account: ChannelAccount, *, redirect_uri: str, state: str) -> str:
    """Return the page that sends Alipay's browser on with a code, without asking the payer."""
    parameters = {
        "app_id": caller_appid(account),
        "scope": "auth_base",
        "redirect_uri": redirect_uri,
        "state": state,
    }
    base_url = account.base_url.rstrip("/")
    pages_url = PAGES_URL if base_url == PRODUCTION_URL else base_url
    return f"{pages_url}/oauth2/publicAppAuthorize.htm?{urlencode(parameters)}"


def identity(answer: Answer) -> PayerIdentity:
    """Judge the answer to a login's code."""
    if answer.problem or answer.told:
        outcome = answer.refusal(Operation.IDENTIFY)
        return PayerIdentity(outcome, failure=answer.failure)
    try:
        return PayerIdentity(Outcome.SUCCEEDED, _payer(answer.content))
    except Unreadable as error:
        failure = Failure("unreadable_answer", str(error))
        return PayerIdentity(Outcome.UNKNOWN, failure=failure)


def _payer(content: Json) -> Payer:
    """Read the payer's own number, or the app's name for the payer: newer apps get only that."""
    user_id = text(content, "user_id")
    if user_id:
        return Payer(buyer_id=_in_form(_USER_ID, user_id, "user_id"))
    return Payer(buyer_open_id=_in_form(_OPEN_ID, required_text(content, "open_id"), "open_id"))


def _in_form(form: re.Pattern[str], value: str, name: str) -> str:
    if not form.fullmatch(value):
        raise Unreadable(f"{name} has characters that no {name} has")
    return value
