"""What is due later on the virtual clock: refunds to finish, callbacks to send.

A job is a stored row, so a restart forgets none; a job that was running when the program died
runs again. Its handler may put the same job back with a later time.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from gateway.sandbox.clock import Clock
from gateway.sandbox.store import Store, Table

logger = logging.getLogger(__name__)

Handler = Callable[[str], None]

# Short enough to notice the moment a job becomes due, long enough to cost nothing.
_LONGEST_NAP_SECONDS = 0.5
_WORKERS = 16


@dataclass(frozen=True)
class Job:
    """Call the handler named ``handler`` with ``subject`` at ``due_at`` (virtual seconds)."""

    handler: str
    subject: str
    due_at: float

    @property
    def key(self) -> str:
        """One job per handler and subject."""
        return f"{self.handler}:{self.subject}"


class Agenda:
    """Keeps the jobs and runs what is due, several at a time, in threads of its own."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._clock = clock
        self._jobs = Table(store, "job", Job, key=lambda job: job.key)
        self._handlers: dict[str, Handler] = {}
        self._running: dict[str, Future[None]] = {}
        self._changed = threading.Condition(store.lock)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="agenda")

    def register(self, name: str, handler: Handler) -> None:
        """Name the function that runs jobs of one sort."""
        self._handlers[name] = handler

    def put(self, handler: str, subject: str, due_at: float) -> None:
        """Add a job, or move the one there is."""
        with self._changed:
            self._jobs.put(Job(handler, subject, due_at))
            self._changed.notify_all()

    def remove(self, handler: str, subject: str) -> None:
        """Forget a job; one that runs already is not stopped."""
        self._jobs.remove(Job(handler, subject, 0).key)

    def clear(self) -> None:
        """Forget every job."""
        self._jobs.clear()

    def start(self) -> None:
        """Begin to watch the clock, in a thread that ends with the program."""
        threading.Thread(target=self._watch, name="agenda-watch", daemon=True).start()

    def run_due(self) -> None:
        """Run whatever is due now and wait for it, and for what was running before."""
        self._launch_due()
        with self._changed:
            running = list(self._running.values())
        wait(running)

    def advance(self, seconds: float) -> None:
        """Move the clock forward, stopping at each due time in order, as if the time had passed."""
        self.run_due()  # what fails just now is due again within the time that passes
        target = self._clock.now() + seconds
        while (moment := self._next_due()) is not None and moment <= target:
            self._clock.reach(moment)
            self.run_due()
        self._clock.reach(target)

    def _watch(self) -> None:
        while True:
            self._launch_due()
            with self._changed:
                self._changed.wait(self._nap())

    def _nap(self) -> float:
        moment = self._next_due()
        ahead = _LONGEST_NAP_SECONDS if moment is None else moment - self._clock.now()
        return min(max(ahead, 0.0), _LONGEST_NAP_SECONDS)

    def _next_due(self) -> float | None:
        with self._changed:
            return min((job.due_at for job in self._waiting()), default=None)

    def _waiting(self) -> list[Job]:
        return [job for job in self._jobs.all() if job.key not in self._running]

    def _launch_due(self) -> None:
        with self._changed:
            now = self._clock.now()
            for job in self._waiting():
                if job.due_at <= now:
                    self._running[job.key] = self._pool.submit(self._run, job)

    def _run(self, job: Job) -> None:
        try:
            self._handlers[job.handler](job.subject)
        except Exception:
            # A defect of the sandbox: shown to the developer, and not tried for ever.
            logger.exception("The job %s failed and is dropped.", job.key)
        finally:
            with self._changed:
                del self._running[job.key]
                if self._jobs.get(job.key) is job:
                    self._jobs.remove(job.key)
                self._changed.notify_all()
