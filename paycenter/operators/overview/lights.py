"""How the channels do right now, in one line each; the page of channel health says more."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from paycenter.operators.health.overview import Row, read_overview

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Lights:
    """The channels, what refuses payments first, and how many accounts alone are refused."""

    endpoints: Sequence[Row]
    refused_accounts: int
    is_blind: bool


def read_lights(request: HttpRequest) -> Lights | None:
    """Return the lights for who may see the health of channels; None for anybody else."""
    if not request.user.has_perm("gateway.view_healthchange"):
        return None
    found = read_overview(request.user)
    refused = sum(row.is_switched_off or row.breaker is not None for row in found.accounts)
    return Lights(found.endpoints[:SHOWN], refused, found.is_blind)
