"""Puts the simulated EasyPay platform on an engine: its records and its courier."""

from gateway.sandbox.easypay.courier import EasypayCourier
from gateway.sandbox.easypay.identity import EasypayIdentity
from gateway.sandbox.easypay.server import CHANNEL, EasypayServer
from gateway.sandbox.engine import Engine


def assemble(engine: Engine, identity: EasypayIdentity) -> EasypayServer:
    """The server, ready for the engine's agenda to be started."""
    server = EasypayServer(engine, identity)
    engine.callbacks.register(CHANNEL, EasypayCourier(server))
    return server
