"""The wire of a DingTalk custom robot: one signed POST, and what its answer means.

DingTalk answers errors with HTTP 200 too: only ``errcode`` 0 means sent. The signature is the
HMAC-SHA256 of "milliseconds, line feed, secret" under the whole secret with its ``SEC``, in base64.
Token and signature are in the query, so nothing here ever prints a URL.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from notifications.models import Post
from paycenter.kernel import strict_json
from paycenter.kernel.guarded_http import guarded_session
from paycenter.kernel.http import OK, Limits, NoAnswer, NotSent, WireRequest, WireResponse, exchange

LIMITS = Limits(connect=3.0, total=10.0, max_bytes=65_536)
TOKEN = re.compile(r"[0-9a-f]{64}")
ANSWER_LENGTH = 200

SENT = 0
_MEANINGS = {
    # Refused until somebody changes the robot, here or at DingTalk. The last four speak of a
    # request that is not understood: that is our fault, and others must speak all the same.
    Post.Outcome.REFUSED: (
        *(310000, 300005, 300001, 400101, 400106, 400102, 400013),
        *(40035, 43002, 43004, 400105),
    ),
    Post.Outcome.THROTTLED: (130101, 410100),
    Post.Outcome.TOO_LONG: (460101, 101002),
}
_OUTCOMES = {code: outcome for outcome, codes in _MEANINGS.items() for code in codes}
_GATEWAY_THROTTLES = 1111
"""``status`` of an answer with which the gateway before the robots punishes haste."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: ``title`` shows in the push message, ``text`` is markdown.

    ``mobiles`` are mentioned, with ``everybody`` all people of the chat.
    """

    title: str
    text: str
    mobiles: Sequence[str] = ()
    everybody: bool = False

    @property
    def body(self) -> bytes:
        """The body that is sent. A mention shows only where the text has the number too."""
        mentions = " ".join(f"@{mobile}" for mobile in self.mobiles)
        document: dict[str, Any] = {
            "msgtype": "markdown",
            "markdown": {
                "title": self.title,
                "text": f"{self.text}\n\n{mentions}" if mentions else self.text,
            },
            "at": {"atMobiles": list(self.mobiles), "isAtAll": self.everybody},
        }
        return strict_json.dumps(document).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a message; ``text`` is DingTalk's, free of secrets."""

    outcome: Post.Outcome
    code: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a robot listens. Neither field prints."""

    token: str = field(repr=False)
    secret: str = field(default="", repr=False)


def sign(secret: str, milliseconds: int) -> str:
    """Return the signature for a moment in Unix milliseconds, not yet escaped."""
    message = f"{milliseconds}\n{secret}".encode()
    return base64.b64encode(hmac.digest(secret.encode(), message, hashlib.sha256)).decode()


def say(webhook: Webhook, message: Message, moment: datetime) -> Answer:
    """Send one message. Never raises for what DingTalk or the network does."""
    request = WireRequest(
        "POST",
        _url(webhook, int(moment.timestamp() * 1000)),
        {"Content-Type": "application/json; charset=utf-8"},
        message.body,
    )
    try:
        answer = read_answer(exchange(guarded_session(), request, LIMITS))
        return replace(answer, text=answer.text.replace(webhook.token, "***"))
    except (NotSent, NoAnswer) as error:
        return Answer(Post.Outcome.FAILED, text=f"{type(error).__name__}: {error}"[:ANSWER_LENGTH])


def read_answer(response: WireResponse) -> Answer:
    """Judge an answer: by its code alone, for texts of different codes share their words."""
    try:
        document = strict_json.loads(response.body)
    except strict_json.InvalidJSON:
        return Answer(Post.Outcome.FAILED, text=f"HTTP {response.status}, not JSON")
    said = document if isinstance(document, dict) else {}
    code, text = said.get("errcode"), str(said.get("errmsg", ""))[:ANSWER_LENGTH]
    if type(code) is not int:
        throttles = said.get("status") == _GATEWAY_THROTTLES
        outcome = Post.Outcome.THROTTLED if throttles else Post.Outcome.FAILED
        return Answer(outcome, text=text or f"HTTP {response.status}")
    if code == SENT:
        outcome = Post.Outcome.SENT if response.status == OK else Post.Outcome.FAILED
        return Answer(outcome, code, text)
    return Answer(_OUTCOMES.get(code, Post.Outcome.FAILED), code, text)


def _url(webhook: Webhook, milliseconds: int) -> str:
    query = {"access_token": webhook.token}
    if webhook.secret:
        query |= {"timestamp": str(milliseconds), "sign": sign(webhook.secret, milliseconds)}
    return f"{settings.DINGTALK_URL}/robot/send?{urlencode(query)}"
