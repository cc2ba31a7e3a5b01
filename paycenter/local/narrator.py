"""Tells each step of the demo: what is asked, what the center answers, shortened to the point."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from paycenter.local.client import Answer, PaymentCenter
from paycenter.local.console import bold, dim, green, red, say
from paycenter.local.errors import LocalError

_LONGEST = 100  # characters of one line of an answer


class Narrator:
    """Numbers the steps, sends the requests and shows both sides.

    `show` names the fields of an answer worth a line; without it every field gets one.
    """

    def __init__(self, center: PaymentCenter) -> None:
        self._center = center
        self._steps = 0
        self._last_body: Mapping[str, Any] = {}

    def step(self, what: str) -> None:
        """Begin the next step."""
        self._steps += 1
        say(f"\n{bold(f'{self._steps}. {what}')}")

    def get(self, path: str, *, show: Collection[str] = (), **query: str | int) -> Answer:
        """Read something and show it; raises LocalError when the answer is not 200."""
        text = "&".join(f"{name}={value}" for name, value in query.items())
        say(f"   GET {path}{'?' if text else ''}{text}")
        return self.answer(self._center.get(path, **query), expect=(200,), show=show)

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        expect: Collection[int] = (200,),
        show: Collection[str] = (),
    ) -> Answer:
        """Send something and show the answer; raises LocalError for another status."""
        is_same = bool(body) and body == self._last_body
        say(f"   POST {path}{'  (the same body)' if is_same else ''}")
        self._last_body = body
        for line in () if is_same else _fields(body):
            say(f"     {line}")
        return self.answer(self._center.post(path, body), expect=expect, show=show)

    def answer(
        self, answer: Answer, *, expect: Collection[int], show: Collection[str] = ()
    ) -> Answer:
        """Show an answer; raises LocalError when its status is not among the expected ones."""
        as_expected = answer.status in expect
        say(f"   {(green if as_expected else red)(str(answer.status))}")
        for line in _fields(answer.body, show if as_expected else ()):
            say(dim(f"     {line}"))
        if not as_expected:
            raise LocalError(f"expected {' or '.join(map(str, expect))}, got {answer.status}")
        return answer

    def rows(self, rows: Iterable[Mapping[str, Any]], *, show: Collection[str]) -> None:
        """Show the rows of a list, a line each."""
        for row in rows:
            say(dim(f"     - {', '.join(_fields(row, show))}"))


def _fields(body: Mapping[str, Any], show: Collection[str] = ()) -> list[str]:
    """Return one shortened line per field that says something; `data` is shown by `rows`."""
    return [
        _short(f"{name}: {json.dumps(value, ensure_ascii=False)}")
        for name, value in body.items()
        if value not in (None, {}, []) and name != "data" and (name in show or not show)
    ]


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
