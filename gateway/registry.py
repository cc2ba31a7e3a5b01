"""All channels by code. A new channel is one line here."""

from gateway.channels.alipay.channel import AlipayChannel
from gateway.channels.easypay.channel import EasyPayChannel
from gateway.channels.wechat.channel import WeChatChannel
from gateway.contract import Channel

CHANNELS: dict[str, Channel] = {
    channel.code: channel
    for channel in (
        WeChatChannel(),
        AlipayChannel(),
        EasyPayChannel(),
    )
}


def channel_of(code: str) -> Channel:
    """Return the channel registered under ``code``. Raises ``KeyError``."""
    return CHANNELS[code]
