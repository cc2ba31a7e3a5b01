"""Callbacks as the control API shows them."""

from gateway.sandbox.wechat.records import JsonObject
from gateway.sandbox.wechat.server import CHANNEL, WechatServer


def callbacks_about(server: WechatServer, subject: str) -> list[JsonObject]:
    """The callbacks about one order, refund or split, and every attempt to deliver them."""
    return [
        {
            "id": callback.id,
            "event_type": callback.message["event_type"],
            "state": callback.state,
            "url": callback.url,
            "failures": callback.failures,
            "attempts": callback.attempts,
        }
        for callback in server.engine.callbacks.about(CHANNEL, subject)
    ]
