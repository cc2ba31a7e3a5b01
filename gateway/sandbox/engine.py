"""The parts all simulated channels share, put together."""

from dataclasses import dataclass
from pathlib import Path

from gateway.sandbox.agenda import Agenda
from gateway.sandbox.bills import Shelf
from gateway.sandbox.callbacks import CallbackQueue
from gateway.sandbox.clock import Clock
from gateway.sandbox.faults import FaultBook
from gateway.sandbox.store import Store

STATE_FILE = "state.sqlite3"


@dataclass(frozen=True)
class Engine:
    """Memory, time, work that is due, faults, callbacks and files of one sandbox."""

    store: Store
    clock: Clock
    agenda: Agenda
    faults: FaultBook
    callbacks: CallbackQueue
    shelf: Shelf


def open_engine(data_dir: Path) -> Engine:
    """The engine with the state kept in ``data_dir``; its agenda is not started yet."""
    store = Store(data_dir / STATE_FILE)
    clock = Clock(store)
    agenda = Agenda(store, clock)
    faults = FaultBook(store)
    callbacks = CallbackQueue(store, clock=clock, agenda=agenda, faults=faults)
    return Engine(store, clock, agenda, faults, callbacks, Shelf(store, clock))
