"""The one sandbox of this process: the engine and the simulated channels on it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from gateway.sandbox import identity
from gateway.sandbox.alipay.assembly import assemble as assemble_alipay
from gateway.sandbox.alipay.server import AlipayServer
from gateway.sandbox.easypay.assembly import assemble as assemble_easypay
from gateway.sandbox.easypay.server import EasypayServer
from gateway.sandbox.engine import Engine, open_engine
from gateway.sandbox.wechat.assembly import assemble as assemble_wechat
from gateway.sandbox.wechat.server import WechatServer


@dataclass(frozen=True)
class World:
    """Everything a view may need."""

    engine: Engine
    wechat: WechatServer
    alipay: AlipayServer
    easypay: EasypayServer


@cache
def world() -> World:
    """The world kept in SANDBOX_DATA_DIR; opened by the first caller."""
    if not settings.SANDBOX_DATA_DIR:
        raise ImproperlyConfigured("Set SANDBOX_DATA_DIR, or start with python -m gateway.sandbox.")
    data_dir = Path(settings.SANDBOX_DATA_DIR)
    parties = identity.load_or_create(data_dir)
    engine = open_engine(data_dir)
    return World(
        engine=engine,
        wechat=assemble_wechat(engine, parties.wechat),
        alipay=assemble_alipay(engine, parties.alipay),
        easypay=assemble_easypay(engine, parties.easypay),
    )


def reset() -> None:
    """Forget all business, faults and time travel; accounts and keys stay as they are."""
    present = world()
    engine = present.engine
    with engine.store.atomic():
        engine.agenda.clear()
        engine.callbacks.clear()
        engine.faults.clear()
        engine.shelf.clear()
        engine.clock.reset()
        present.wechat.forget_business()
        present.alipay.forget_business()
        present.easypay.forget_business()
