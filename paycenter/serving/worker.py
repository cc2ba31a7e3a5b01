"""A web worker that stops without anybody noticing: first unready, then closed, then idle.

On SIGTERM it goes on as before for ``DRAIN_SECONDS``, only that ``/readyz`` answers 503, so that
load balancers turn away. Then it takes what the kernel has already connected to it, closes the
door, so that whoever comes now is refused at once and never cut off, and finishes what it has.
"""

import threading
from typing import Any

from django.conf import settings
from gunicorn.workers.gthread import ThreadWorker

from paycenter.kernel.draining import begin_draining, is_draining


class DrainingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker with a beginning of the end."""

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
