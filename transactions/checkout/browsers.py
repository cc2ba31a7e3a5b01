"""In what a payer sees a page: it decides by which ways the channels can be reached."""

import re

from gateway.messages import Browser

_HAND_HELD = re.compile(r"Mobile|Android|iPhone|iPad|HarmonyOS", re.ASCII)


def browser_of(user_agent: str) -> Browser:
    """Return where a page is shown, by the ``User-Agent`` of who asks for it."""
    if "MicroMessenger" in user_agent:
        return Browser.WECHAT
    if "AlipayClient" in user_agent:
        return Browser.ALIPAY
    return Browser.PHONE if _HAND_HELD.search(user_agent) else Browser.PC
