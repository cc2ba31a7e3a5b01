"""How each channel and each payment account does right now, for one page.

All of it is read in a few statements and round trips, however many accounts were called.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from gateway.health.breaker import Breaker, open_scopes, read_breakers
from gateway.health.scopes import account_id, endpoint_of, endpoint_scope
from gateway.health.window import Window, read_windows, seen_scopes
from gateway.words import TROUBLES
from merchants.models import ChannelMerchant, ChannelSwitch, PaymentAccount
from merchants.switches import ends_of_switches, switches_on
from paycenter.kernel.clock import now
from paycenter.kernel.quick_redis import ask_redis
from paycenter.operators import columns
from paycenter.operators.roles.held import Person
from paycenter.operators.roles.scoping import visible

AT_MOST = 200
"""Switches, and endpoints and accounts together, that are shown at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """An endpoint or an account: what was counted, and what becomes of new payments there.

    ``breaker`` is what refuses them: its own one, or the one of an account's channel.
    ``switch_url`` leads to where this is switched off.
    """

    name: SafeString
    window: Window
    breaker: Breaker | None
    is_switched_off: bool
    switch_url: str

    @property
    def answered(self) -> str:
        """The share of calls that were answered."""
        return columns.percent(self.window.answered, self.window.calls)

    @property
    def half(self) -> str:
        """Within what time half of the calls were over."""
        return _duration(self.window.quantile(50))

    @property
    def most(self) -> str:
        """Within what time 95 of a hundred calls were over."""
        return _duration(self.window.quantile(95))

    @property
    def failures(self) -> str:
        """How many failed, by why."""
        parts = (f"{TROUBLES[why]} {number}" for why, number in self.window.troubles.items())
        return ", ".join(parts) or columns.EMPTY

    @property
    def state(self) -> SafeString:
        """What becomes of new payments."""
        if self.is_switched_off:
            return columns.label(_("switched off"), "bad")
        if self.breaker is None:
            return columns.label(_("taken"), "good")
        if settings.BREAKER_MODE == "dry_run":
            return columns.label(_("taken: the breaker is open in a dry run only"), "care")
        if self.breaker.is_half_open:
            return columns.label(_("one is taken as a probe"), "care")
        return columns.label(_("refused"), "bad")

    @property
    def since(self) -> str:
        """Since when the breaker is not closed, blank where it is."""
        if self.breaker is None:
            return ""
        return _("breaker open since %(moment)s") % {"moment": columns.moment(self.breaker.since)}


@dataclass(frozen=True, slots=True)
class Overview:
    """The page. ``is_blind``: Redis does not answer, so nothing is known and nothing refused."""

    at: datetime
    endpoints: list[Row]
    accounts: list[Row]
    switches: list[ChannelSwitch]
    mode: str
    is_blind: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What Redis holds, by scope."""

    windows: Mapping[str, Window]
    breakers: Mapping[str, Breaker]

    def urgency(self, scope: str) -> tuple[bool, int]:
        """Return what comes first when it is sorted by: what is not closed, then the busiest."""
        return (scope not in self.breakers, -self.windows[scope].calls)


def read_overview(reader: Person) -> Overview:
    """Read how all that ``reader`` may see does: what was called within the window, or is refused.

    Whole channels are everybody's.
    """
    moment = now()
    scopes = list(dict.fromkeys([*open_scopes(), *seen_scopes(moment)]))[:AT_MOST]
    breakers = read_breakers(scopes) if settings.BREAKER_MODE != "off" else {}
    found = Found(read_windows(scopes, moment), breakers)
    scopes.sort(key=found.urgency)
    switches = visible(
        reader, switches_on().select_related("merchant", "payment_account__channel_merchant")
    )
    shown = list(switches.order_by("-pk")[:AT_MOST])
    return Overview(
        at=moment,
        endpoints=list(_endpoints(reader, scopes, found, shown)),
        accounts=list(_accounts(reader, scopes, found)),
        switches=shown,
        mode=settings.BREAKER_MODE,
        is_blind=not ask_redis(lambda client: bool(client.ping()), otherwise=False),
    )


def _endpoints(
    reader: Person, scopes: Sequence[str], found: Found, switches: Sequence[ChannelSwitch]
) -> Iterator[Row]:
    endpoints = {scope: endpoint_of(scope) for scope in scopes if account_id(scope) is None}
    owners = visible(reader, ChannelMerchant.objects.select_related("merchant")).in_bulk(
        [known.owner_id for known in endpoints.values() if known.owner_id]
    )
    whole_channels = {
        switch.channel
        for switch in switches
        if switch.merchant_id is None and switch.payment_account_id is None
    }
    for scope, known in endpoints.items():
        owner = owners.get(known.owner_id or 0)
        if known.owner_id and owner is None:
            continue
        switch: dict[str, str | int] = {"channel": known.channel}
        name = columns.endpoint_name(known.channel, is_sandbox=known.is_sandbox)
        if owner is not None:
            name = format_html("{} · {} · {}", name, columns.link(owner), owner.merchant)
            switch["merchant"] = owner.merchant_id
        yield Row(
            name=name,
            window=found.windows[scope],
            breaker=found.breakers.get(scope),
            is_switched_off=known.channel in whole_channels,
            switch_url=_switch_url(switch),
        )


def _accounts(reader: Person, scopes: Sequence[str], found: Found) -> Iterator[Row]:
    ids = {scope: pk for scope in scopes if (pk := account_id(scope)) is not None}
    rows = visible(reader, PaymentAccount.objects.select_related("channel_merchant__merchant"))
    accounts = rows.in_bulk(list(ids.values()))
    switched_off = ends_of_switches(accounts)
    for scope, account in ((scope, accounts[pk]) for scope, pk in ids.items() if pk in accounts):
        owner = account.channel_merchant
        own, channels = found.breakers.get(scope), found.breakers.get(endpoint_scope(account))
        yield Row(
            name=format_html(
                "{} · {} · {}", columns.link(account), columns.channel_name(owner), owner.merchant
            ),
            window=found.windows[scope],
            breaker=own or channels,
            is_switched_off=account.pk in switched_off,
            switch_url=_switch_url({"payment_account": account.pk}),
        )


def _switch_url(parts: Mapping[str, str | int]) -> str:
    return f"{reverse('admin:merchants_channelswitch_add')}?{urlencode(parts)}"


def _duration(milliseconds: int | None) -> str:
    if milliseconds is None:
        return columns.EMPTY
    return _("≤ %(count)s ms") % {"count": milliseconds}
