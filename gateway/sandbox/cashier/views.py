"""The list of recent orders of all channels, so that a developer can pay any of them."""

from operator import attrgetter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gateway.sandbox.channels import CHANNELS

_SHOWN = 30


def index(request: HttpRequest) -> HttpResponse:
    """The newest orders first."""
    rows = [row for channel in CHANNELS.values() for row in channel.recent_orders(_SHOWN)]
    newest = sorted(rows, key=attrgetter("placed_at"), reverse=True)[:_SHOWN]
    return render(request, "sandbox/orders.html", {"orders": newest})
