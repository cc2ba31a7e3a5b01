"""How log entries are written: JSON for machines, lines for people, and nothing secret in either.

All of it hangs on the standard library's logging, so what libraries say is written the same way.
"""

import logging
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from paycenter.kernel.scrubbing import scrubbed, scrubbed_fields

FIELDS = ("route", "status", "seconds", "channel_request_id")
"""What entries of ours carry besides their text; libraries add whole requests and arguments."""
LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"


class LineFormatter(logging.Formatter):
    """One line for each entry, its traceback below it."""

    def __init__(self) -> None:
        super().__init__(LINE)

    def format(self, record: logging.LogRecord) -> str:
        """Return the whole entry."""
        return scrubbed(super().format(record))


class JSONFormatter(structlog.stdlib.ProcessorFormatter):
    """One JSON object for each entry: what was said, for which request, about which numbers."""

    def __init__(self) -> None:
        known: list[Processor] = [
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        ]
        written: list[Processor] = [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _scrub,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
        super().__init__(foreign_pre_chain=known, processors=written)


FORMATTERS: dict[str, type[logging.Formatter]] = {"json": JSONFormatter, "line": LineFormatter}


def logging_settings(kind: str, level: str) -> dict[str, Any]:
    """Return Django's ``LOGGING``: everything to standard error, as ``kind`` says."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": {"()": FORMATTERS[kind]}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # At DEBUG it would write whole URLs, and some channels want a key in the query.
            "urllib3": {"level": "INFO"},
            # Each refused request once more, when it is no longer known which request that was.
            "django.request": {"level": "ERROR"},
            "axes": {"level": "WARNING"},  # every sign-in and sign-out would be four lines
            # That a message was sent, came, and that its task is over: tasks say what they did.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }


def _scrub(_logger: Any, _method: str, entry: EventDict) -> EventDict:
    return scrubbed_fields(entry)
