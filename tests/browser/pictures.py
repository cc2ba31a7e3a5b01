"""The handbook's pictures: taken by the walks, so that they show what pages look like now.

Where ``HANDBOOK_IMAGES`` names no folder, none are taken (``make handbook`` does).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

WIDTH, LOWEST, TALLEST = 1280, 720, 1100
"""CSS pixels: whatever the walk's own screen, pictures are of a desktop's."""
SETTLE_MS = 300
COLOURS = 128

NAMES = (
    "onboarding-checklist",
    "onboarding-trial",
    "refund-ask",
    "refund-waits",
    "refund-approve",
    "work",
    "overview",
    "collect",
    "statements",
    "differences",
    "duplicates",
    "splits",
    "deliveries",
    "channel-health",
    "audit-log",
    "order-story",
    "check-signature",
)
"""Every picture that walks take; the handbook shows each, in both languages."""


@dataclass(frozen=True)
class Pictures:
    """Where pictures are put: a folder per language; None: nowhere."""

    folder: Path | None

    @classmethod
    def wished(cls, environment: Mapping[str, str] = os.environ) -> "Pictures":
        """Return what the environment asks for."""
        folder = environment.get("HANDBOOK_IMAGES", "")
        return cls(Path(folder) if folder else None)

    def take(self, page: Page, name: str, language: str) -> None:
        """Take a picture of a page. Raises ``ValueError`` for one that no list names."""
        if name not in NAMES:
            raise ValueError(f"{name!r} is not among the handbook's pictures: add it to NAMES")
        if self.folder is None:
            return
        path = self.folder / language / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        was = page.viewport_size or {"width": WIDTH, "height": LOWEST}
        page.set_viewport_size({"width": WIDTH, "height": LOWEST})
        page.wait_for_timeout(SETTLE_MS)
        tall = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": WIDTH, "height": min(tall, TALLEST)})
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=path, animations="disabled")
        page.set_viewport_size(was)
        _reduce(path)


def _reduce(path: Path) -> None:
    """Keep few colours: a page has not many."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS)
    small.save(path, optimize=True)
