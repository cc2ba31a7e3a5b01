"""The steps of one channel merchant: its data, its keys and certificates, its payment accounts."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from gateway.contract import Channel
from gateway.registry import CHANNELS
from merchants.models import ChannelMerchant, StoredCredential
from paycenter.operators.columns import channel_name, page_of
from paycenter.operators.onboarding.company import Company
from paycenter.operators.onboarding.steps import Link, Section, State, Step
from paycenter.operators.returning import returning


def owner_section(owner: ChannelMerchant, company: Company, back: str) -> Section:
    """Return the steps about a channel merchant."""
    steps = (
        _data(owner, back),
        _credentials(owner, company, back),
        _accounts(owner, company, back),
    )
    name = _("%(channel)s, number %(mchid)s") % {
        "channel": owner.get_channel_display(),
        "mchid": owner.mchid,
    }
    return Section(_("Channel merchant"), name, steps, channel_merchant_id=owner.pk)


def has_keys(owner: ChannelMerchant) -> bool:
    """Whether every credential that its channel requires is stored, and at least one is."""
    channel = CHANNELS.get(owner.channel)
    return channel is not None and bool(owner.credentials.all()) and not _lacks(owner, channel)


def _data(owner: ChannelMerchant, back: str) -> Step:
    title = _("Data")
    url = returning(page_of(owner), back)
    edit = Link(_("Edit the channel merchant"), url, "merchants.change_channelmerchant")
    channel = CHANNELS.get(owner.channel)
    if channel is None:
        note = _("This center does not speak to this channel yet.")
        return Step(title, State.BLOCKED, note)
    if not owner.is_active:
        note = _("It is switched off: nothing can be paid through it. Tick “active”.")
        return Step(title, State.TODO, note, (edit,))
    if channel.own_endpoint and not owner.endpoint and not owner.is_sandbox:
        note = _("The address of the platform is missing. A platform administrator enters it.")
        return Step(title, State.TODO, note, (edit,))
    return Step(title, State.DONE, channel_name(owner), (edit,))


def _credentials(owner: ChannelMerchant, company: Company, back: str) -> Step:
    title = _("Keys and certificates")
    url = returning(
        reverse("admin:merchants_channelmerchant_add_credential", args=[owner.pk]), back
    )
    add = Link(_("Add a key or certificate"), url, "merchants.add_storedcredential")
    channel = CHANNELS.get(owner.channel)
    stored: list[StoredCredential] = list(owner.credentials.all())
    if channel is None:
        return Step(title, State.BLOCKED, _("This center does not speak to this channel yet."))
    if not stored:
        return Step(title, State.TODO, _none_yet(channel), (add,))
    lacks = _lacks(owner, channel)
    if lacks:
        note = _("Still missing: %(kinds)s.") % {"kinds": _listed(lacks)}
        return Step(title, State.TODO, note, (add,))
    soon = [row for row in stored if row.pk in company.expiring]
    if soon:
        names = _listed(dict.fromkeys(_label(channel, row.kind) for row in soon))
        note = _("Expires soon or has expired: %(kinds)s. Add its successor.") % {"kinds": names}
        return Step(title, State.TODO, note, (add,))
    names = _listed(dict.fromkeys(_label(channel, row.kind) for row in stored))
    return Step(title, State.DONE, _("Stored: %(kinds)s.") % {"kinds": names}, (add,))


def _accounts(owner: ChannelMerchant, company: Company, back: str) -> Step:
    title = _("Payment accounts")
    projects = company.projects
    url = returning(
        reverse("admin:merchants_paymentaccount_add"),
        back,
        channel_merchant=owner.pk,
        project=projects[0].pk if len(projects) == 1 else None,
        name=projects[0].name if len(projects) == 1 else company.merchant.display_name,
    )
    add = Link(_("Add a payment account"), url, "merchants.add_paymentaccount")
    if owner.payment_accounts.all():
        note = _("Each is a section below.")
        return Step(title, State.DONE, note, (add,))
    note = _("None yet. Applications name a payment account in each request, by its payment id.")
    return Step(title, State.TODO, note, (add,))


def _lacks(owner: ChannelMerchant, channel: Channel) -> list[str]:
    kinds = {row.kind for row in owner.credentials.all()}
    required = (kind for kind in channel.credential_kinds if kind.required)
    return [_(kind.label) for kind in required if kind.kind not in kinds]


def _label(channel: Channel, kind: str) -> str:
    labels = {known.kind: known.label for known in channel.credential_kinds}
    return _(labels[kind]) if kind in labels else kind


def _none_yet(channel: Channel) -> str:
    """Say which kinds the channel always wants, and which it wants of some accounts."""
    kinds = channel.credential_kinds
    always = _listed(_(kind.label) for kind in kinds if kind.required)
    others = _listed(_(kind.label) for kind in kinds if not kind.required)
    parts = [_("None yet.")]
    if always:
        parts.append(_("Needed: %(kinds)s.") % {"kinds": always})
    if others:
        parts.append(_("As the account is set up at the channel: %(kinds)s.") % {"kinds": others})
    return " ".join(parts)


def _listed(names: Iterable[str]) -> str:
    return "; ".join(names)
