"""Which request the work at hand is for: in every log line, and handed on with the work.

An application may send ``traceparent`` (W3C Trace Context, level 1); what it does not send begins
here. Workers get it in the headers of a message, applications in those of a notification. Channels
do not: their interfaces name the headers they take, and this is none of them.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from structlog.contextvars import bind_contextvars, clear_contextvars, unbind_contextvars

TRACEPARENT = "traceparent"
REQUEST_ID = "request_id"
NUMBERS = ("order_no", "serial_no", "refund_serial_no", "channel_serial_no")
"""What people search logs for, by the names the API has for them."""

_SENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Trace:
    """The request that began it all, as far as it is known, and its trace."""

    trace_id: str
    flags: str = "00"
    request_id: str = ""

    def traceparent(self) -> str:
        """Return the header for what is asked of somebody else, a new span each time."""
        return f"00-{self.trace_id}-{secrets.token_hex(8)}-{self.flags}"


_current: ContextVar[Trace | None] = ContextVar("current_trace", default=None)


def read_trace(traceparent: str, request_id: str = "") -> Trace:
    """Return the trace of a header, or a new one when the header is none."""
    found = _SENT.fullmatch(traceparent)
    if found is None or not _is_valid(*found.group(1, 2, 3), whole=traceparent):
        return Trace(secrets.token_hex(16), request_id=request_id)
    return Trace(found.group(2), found.group(4), request_id)


def _is_valid(version: str, trace_id: str, parent_id: str, *, whole: str) -> bool:
    """Whether these name a trace; only versions to come may say more than ours."""
    known_length = version != "00" or len(whole) == 55
    return version != "ff" and bool(int(trace_id, 16)) and bool(int(parent_id, 16)) and known_length


@contextmanager
def working_for(trace: Trace) -> Iterator[None]:
    """Do a block's work for a trace: nothing noted before is said of it, nor it of what follows."""
    begin_work(trace)
    try:
        yield
    finally:
        end_work()


def begin_work(trace: Trace, **facts: str) -> None:
    """From now on this thread works for a trace; ``facts`` are said in every line as well."""
    clear_contextvars()
    known = {REQUEST_ID: trace.request_id} if trace.request_id else {}
    bind_contextvars(trace_id=trace.trace_id, **known, **facts)
    _current.set(trace)


def end_work() -> None:
    """Forget what this thread worked for."""
    clear_contextvars()
    _current.set(None)


def note_numbers(of: Mapping[str, object]) -> None:
    """Say these numbers in every line from now on, and no others; what is blank is left out."""
    unbind_contextvars(*NUMBERS)
    bind_contextvars(**{name: of[name] for name in NUMBERS if of.get(name)})


def handed_on() -> dict[str, str]:
    """Return the headers of a message to a worker."""
    trace = _current.get()
    if trace is None:
        return {}
    headers = {TRACEPARENT: trace.traceparent()}
    return headers | ({REQUEST_ID: trace.request_id} if trace.request_id else {})


def traceparent_header() -> dict[str, str]:
    """Return the header of a request to somebody who may be told."""
    trace = _current.get()
    return {} if trace is None else {TRACEPARENT: trace.traceparent()}
