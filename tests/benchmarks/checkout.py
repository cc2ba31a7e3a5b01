"""The checkout page: what its first view weighs, and how often open pages look for changes.

What a look costs is measured beside the other phases. How often it comes is read out of the page's
own script, and reckoned for pages that were opened evenly over the life of their orders.
"""

import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from paycenter.local.credentials import Credentials
from paycenter.local.loopback import loopback_session
from paycenter.local.sample import new_order_no

PAGES = 1_000
ORDER_SECONDS = 1_800
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0.0.0"

_SCRIPT = Path(__file__).parents[2] / "transactions" / "static" / "checkout" / "checkout.js"
_STEPS = re.compile(r"(\w+): \[([0-9, ]+)\]")
_LINKED = re.compile(r"<(script|link)\b[^>]*?(?:src|href)=\"([^\"]+)\"[^>]*>")


@dataclass(frozen=True)
class Part:
    """One request of a first view, in bytes without headers.

    ``packed`` is what is sent where whoever serves it compresses, ``blocks``: nothing is shown
    before it is there.
    """

    name: str
    raw: int
    packed: int
    blocks: bool


@dataclass(frozen=True)
class View:
    """All that a browser loads to show the page in one state."""

    label: str
    parts: Sequence[Part]

    @property
    def raw(self) -> int:
        """Bytes before they are compressed."""
        return sum(part.raw for part in self.parts)

    @property
    def packed(self) -> int:
        """Bytes after that."""
        return sum(part.packed for part in self.parts)

    @property
    def blocking(self) -> int:
        """How many requests the first picture waits for."""
        return sum(part.blocks for part in self.parts)


def open_page(credentials: Credentials) -> str:
    """Make an order with lines and return the path of its page."""
    return urlsplit(_opened(credentials)).path


def weigh_views(credentials: Credentials) -> list[View]:
    """Return what is loaded before anything was chosen, and while a code is shown."""
    url, session = _opened(credentials), loopback_session()
    session.headers["User-Agent"] = AGENT
    choosing = _weighed("choosing", url, session)
    session.post(f"{url}pay", {"way": "wechat"}, timeout=20).raise_for_status()
    return [choosing, _weighed("waiting, with a code", url, session)]


def looks_per_second(state: str) -> float:
    """Return how often all pages in this state look, if none of them is ever hidden."""
    steps = seconds_between_looks()[state]
    looks, moment = 0, float(steps[0])
    while moment < ORDER_SECONDS:
        looks += 1
        moment += steps[min(looks, len(steps) - 1)]
    return PAGES * looks / ORDER_SECONDS


def seconds_between_looks() -> dict[str, list[int]]:
    """Return the seconds between looks, by the state of the page, as the script has them."""
    table = re.search(r"const STEPS = \{(.*?)\};", _SCRIPT.read_text("utf-8"), re.DOTALL)
    assert table is not None, "the script has no table of steps"
    return {name: list(map(int, steps.split(","))) for name, steps in _STEPS.findall(table[1])}


def _opened(credentials: Credentials) -> str:
    line = {"fee_type": "物业费", "room": "1-101", "period": "2026-11", "amount": 2_570}
    body = {
        "merchant_id": credentials.merchant_id,
        "order_no": new_order_no("PAGE"),
        "amount": 12_850,
        "subject": "物业费 2026-11",
        "lines": [line] * 5,
    }
    return str(credentials.client().post("/api/v1/checkouts", body).body["checkout_url"])


def _weighed(label: str, url: str, session: requests.Session) -> View:
    page = session.get(url, timeout=20)
    page.raise_for_status()
    parts = [Part("page", len(page.content), len(gzip.compress(page.content)), blocks=True)]
    for kind, target in _LINKED.findall(page.text):
        parts.append(_linked(kind, urljoin(url, target), page.text, session))
    return View(label, parts)


def _linked(kind: str, url: str, page: str, session: requests.Session) -> Part:
    tag = next(found[0] for found in _LINKED.finditer(page) if url.endswith(found[2]))
    answer = session.get(url, timeout=20, stream=True)
    answer.raise_for_status()
    packed = len(answer.raw.read(decode_content=False))
    raw = len(session.get(url, timeout=20).content)
    waits = "stylesheet" in tag if kind == "link" else not re.search(r"\b(defer|async)\b", tag)
    return Part(url.rpartition("/")[2], raw, packed, blocks=waits)
