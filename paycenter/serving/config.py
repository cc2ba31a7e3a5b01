"""How gunicorn serves the center: ``gunicorn -c python:paycenter.serving.config ...``.

The master process loads this module and nothing of the center: it is the workers, made by fork,
that load the code, so that a reload (SIGHUP) brings new code.
"""

import shutil
from typing import Any

from paycenter.serving.slots import first_free, new_folder, take_slot

worker_class = "paycenter.serving.worker.DrainingWorker"
workers = 2
threads = 16
logger_class = "paycenter.serving.logs.ServingLogger"
control_socket_disable = True
# Draining (``DRAIN_SECONDS``, 10 at most) and then 15 s for what is under way: together less than
# the 30 s that containers are given to stop.
graceful_timeout = 25

_folder = ""


def on_starting(server: Any) -> None:
    """Make the folder in which the workers count together; it is new with each master."""
    del server
    global _folder
    _folder = new_folder()


def pre_fork(server: Any, worker: Any) -> None:
    """Give a worker the lowest slot nobody has: one that replaces a dead one counts on for it."""
    worker.slot = first_free(each.slot for each in server.WORKERS.values())


def post_fork(server: Any, worker: Any) -> None:
    """Count in this slot from now on."""
    del server
    take_slot(_folder, worker.slot)


def on_exit(server: Any) -> None:
    """Remove the folder."""
    del server
    shutil.rmtree(_folder, ignore_errors=True)
