"""A web worker that stays with a busy connection, and stops without anybody noticing.

gunicorn gives a connection back to its main thread after each request. That thread wakes twice for
it, which is a fifth of what a request of an application costs. Here a thread that has answered
waits a moment for the next request, unless others wait for a thread.

Stopping: first unready, then closed, then idle.

On SIGTERM it goes on as before for ``DRAIN_SECONDS``, only that ``/readyz`` answers 503, so that
load balancers turn away. Then it takes what the kernel has already connected to it, closes the
door, so that whoever comes now is refused at once and never cut off, and finishes what it has.
"""

import select
import threading
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import ThreadWorker

from paycenter.kernel.draining import begin_draining, is_draining

STAY_MILLISECONDS = 10


class DrainingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker with patience, and with a beginning of the end."""

    def handle(self, conn: Any) -> Any:
        """Answer a request, and those that follow at once on its connection."""
        kept = super().handle(conn)
        while kept is True and self._follows(conn.sock):
            kept = super().handle(conn)
        return kept

    def _follows(self, sock: Any) -> bool:
        """Whether another request comes while no other connection waits for a thread."""
        if not self.alive or not self.tpool._work_queue.empty():
            return False
        coming = select.poll()
        coming.register(sock, select.POLLIN)
        return bool(coming.poll(STAY_MILLISECONDS))

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to drain, once; the end follows after ``DRAIN_SECONDS``."""
        if is_draining():
            return
        begin_draining()
        stop = threading.Timer(settings.DRAIN_SECONDS, super().handle_exit, (sig, frame))
        stop.daemon = True
        stop.start()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Start or stop taking connections; once the end has come, close the door for good."""
        if enabled or self.alive:
            super().set_accept_enabled(enabled)
            return
        for listener in self.sockets:
            self._take_all(listener)
        super().set_accept_enabled(False)
        for listener in self.sockets:
            listener.close()

    def _take_all(self, listener: Any) -> None:
        """Take every connection that waits: closing the door would cut them off."""
        known = -1
        while known != self.nr_conns:
            known = self.nr_conns
            self.accept(listener)
