"""Puts the simulated WeChat Pay on an engine: its records, its courier, its jobs."""

from functools import partial

from gateway.sandbox.engine import Engine
from gateway.sandbox.wechat import refunds, split_returns, splits
from gateway.sandbox.wechat.courier import WechatCourier
from gateway.sandbox.wechat.identity import WechatIdentity
from gateway.sandbox.wechat.server import CHANNEL, WechatServer


def assemble(engine: Engine, identity: WechatIdentity) -> WechatServer:
    """The server, ready for the engine's agenda to be started."""
    server = WechatServer(engine, identity)
    engine.callbacks.register(CHANNEL, WechatCourier(server))
    engine.agenda.register(refunds.JOB, partial(refunds.finish, server))
    engine.agenda.register(splits.JOB, partial(splits.finish, server))
    engine.agenda.register(split_returns.JOB, partial(split_returns.finish, server))
    return server
