"""Where a page is shown, by what browsers say of themselves."""

import pytest

from gateway.messages import Browser
from transactions.checkout.browsers import browser_of

KNOWN = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari": Browser.PC,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari": Browser.PC,
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": Browser.PC,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) Version/26 Mobile/15E148": Browser.PHONE,
    "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15": Browser.PHONE,
    "Mozilla/5.0 (Linux; Android 15; PJD110) AppleWebKit/537.36 Mobile": Browser.PHONE,
    "Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1 HarmonyOS": Browser.PHONE,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) MicroMessenger/8.0.66(0x1800)": Browser.WECHAT,
    "Mozilla/5.0 (Linux; Android 15) XWEB/1380143 MMWEBSDK/20250 MicroMessenger/8": Browser.WECHAT,
    "Mozilla/5.0 (Windows NT 10.0) MicroMessenger/7.0 WindowsWechat": Browser.WECHAT,
    "Mozilla/5.0 (iPhone) AliApp(AP/10.8.20) AlipayClient/10.8.20 Language/zh-Hans": Browser.ALIPAY,
    "": Browser.PC,
    "curl/8.5": Browser.PC,
    "\u0000<script>": Browser.PC,
}


@pytest.mark.parametrize(("agent", "browser"), KNOWN.items(), ids=range(len(KNOWN)))
def test_browser_is_known_by_what_it_says(agent: str, browser: Browser) -> None:
    assert browser_of(agent) is browser
