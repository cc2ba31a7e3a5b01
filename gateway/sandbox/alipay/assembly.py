"""Puts the simulated Alipay on an engine: its records, its courier, its jobs."""

from functools import partial

from gateway.sandbox.alipay import refunds, settlements, trades
from gateway.sandbox.alipay.courier import AlipayCourier
from gateway.sandbox.alipay.identity import AlipayIdentity
from gateway.sandbox.alipay.server import CHANNEL, AlipayServer
from gateway.sandbox.engine import Engine


def assemble(engine: Engine, identity: AlipayIdentity) -> AlipayServer:
    """The server, ready for the engine's agenda to be started."""
    server = AlipayServer(engine, identity)
    engine.callbacks.register(CHANNEL, AlipayCourier(server))
    engine.agenda.register(trades.JOB, partial(trades.expire, server))
    engine.agenda.register(refunds.JOB, partial(refunds.finish_due, server))
    engine.agenda.register(settlements.JOB, partial(settlements.finish, server))
    return server
