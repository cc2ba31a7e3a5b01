"""One soak: load, storms, peace, verdict."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from paycenter.local.credentials import Credentials
from tests.faults.application import Application
from tests.faults.center import WISHES, Center, running_center
from tests.faults.channel import Channel
from tests.soak.disasters import Storms, Tell
from tests.soak.link import Link, running_links
from tests.soak.load import running_load
from tests.soak.quiet import wait_until_quiet
from tests.soak.verdict import judge

PATIENCE = 600.0
"""Seconds after the last storm within which everything must be at its end: the retries of whatever
failed four times in a row are three minutes apart, those of a refund five."""


@dataclass(frozen=True)
class Outcome:
    """What was done to the center, what came of it, and what is not as it must be."""

    struck: Counter[str]
    figures: dict[str, float]
    complaints: list[str]


def soak(*, seconds: float, rate: float, seed: int, tell: Tell) -> Outcome:
    """Break a center under load for so long, then let it come to rest, and judge."""
    with ExitStack() as stack:
        center, credentials, links = stack.enter_context(breakable_center())
        to_sandbox = center.at.sandbox_url
        load = stack.enter_context(
            running_load(credentials, sandbox_url=to_sandbox, rate=rate, seed=seed)
        )
        storms = Storms(center, links, seed=seed, tell=tell)
        storms.rage(seconds)
        healed_at = time.monotonic()
        unfinished = load.finish(within=PATIENCE)
        left = wait_until_quiet(center, until=healed_at + PATIENCE)
        seconds_to_quiet = time.monotonic() - healed_at
        tell(f"quiet after {seconds_to_quiet:.0f} s")
        application = Application(credentials, receiver_url=center.at.receiver_url)
        verdict = judge(center, application, Channel(to_sandbox), load.trades)
    figures = {
        **verdict.figures,
        "requests and payments repeated": sum(trade.repeated for trade in load.trades),
        "processes and servers started again": storms.restarts,
        "seconds to quiet": round(seconds_to_quiet, 1),
    }
    return Outcome(storms.struck, figures, [*unfinished, *left, *verdict.complaints])


@contextmanager
def breakable_center() -> Iterator[tuple[Center, Credentials, list[Link]]]:
    """Run a center that reaches channel and application, and is reached, only over links."""
    with running_links("channel", "door", "notifications") as links:
        channel, door, notifications = links
        wishes = {
            **WISHES,
            "ATTEMPT_GUARD_SECONDS": "3600",
            "SANDBOX_URL": channel.url,
            "PUBLIC_BASE_URL": door.url,
            "RECEIVER_URL": notifications.url,
        }
        with running_center(wishes) as (center, credentials):
            channel.lead_to(center.at.sandbox_port)
            door.lead_to(center.at.web_port)
            notifications.lead_to(center.at.receiver_port)
            yield center, credentials, links
