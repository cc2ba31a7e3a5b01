"""The center's database backend: Django looks for ``DatabaseWrapper`` in ``<ENGINE>.base``."""

import select

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper, which asks ``SELECT 1`` before each request and task, only where in doubt.

    A server that ends a session says so and hangs up. Where nothing has come, there is nothing that
    a statement of its own could learn which the next one would not.
    """

    def is_usable(self) -> bool:
        """Return whether the connection may be used for a request."""
        return self._is_quiet() or bool(super().is_usable())

    def _is_quiet(self) -> bool:
        failed = self.connection.info.transaction_status == TransactionStatus.INERROR
        if failed or self.connection.closed:
            return False
        came = select.poll()
        came.register(self.connection.fileno(), select.POLLIN)
        return not came.poll(0)
