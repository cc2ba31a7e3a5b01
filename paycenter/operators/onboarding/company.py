"""What the onboarding of a company is judged by, read in a few statements however much it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q

from merchants.expiry import expiring_credentials
from merchants.models import (
    Application,
    ApplicationKey,
    ChannelMerchant,
    Grant,
    Membership,
    Merchant,
    PaymentAccount,
    Project,
    Role,
    StoredCredential,
)
from transactions.lifecycle import PaymentState
from transactions.models import Payment
from transactions.services.trials import Trial, trials_of

WORKING = (Role.OPERATOR, Role.FINANCE, Role.CASHIER)
"""Roles of people who work for a company; an auditor only looks on."""
RECENT = 1_000
"""Payments of a channel merchant among which those of an account are looked for."""


@dataclass(frozen=True, slots=True)
class Company:
    """A company with what it collects with, its credentials, accounts and grants loaded.

    ``expiring``: primary keys of credentials that expire soon and have no successor. ``keyed``:
    applications with an access key that works. ``trials`` by account, newest first. Each account
    says whether it ``is_used``: residents paid through it lately.
    """

    merchant: Merchant
    projects: list[Project]
    owners: list[ChannelMerchant]
    expiring: frozenset[int]
    keyed: frozenset[int]
    trials: Mapping[int, list[Trial]]
    has_people: bool

    @property
    def accounts(self) -> list[PaymentAccount]:
        """Every payment account."""
        return [account for owner in self.owners for account in owner.payment_accounts.all()]

    @property
    def applications(self) -> list[Application]:
        """The applications that may use an account, each once."""
        grants = (grant for account in self.accounts for grant in account.grants.all())
        return list({grant.application_id: grant.application for grant in grants}.values())


def read_company(merchant: Merchant) -> Company:
    """Read a company; ``merchant.group`` is read too."""
    owners = list(_owners(merchant))
    accounts = [account for owner in owners for account in owner.payment_accounts.all()]
    users = [grant.application_id for account in accounts for grant in account.grants.all()]
    expiring = expiring_credentials().filter(channel_merchant__merchant=merchant)
    return Company(
        merchant=merchant,
        projects=list(merchant.projects.order_by("pk")),
        owners=owners,
        expiring=frozenset(expiring.order_by().values_list("pk", flat=True)),
        keyed=_keyed(users),
        trials=trials_of(accounts) if accounts else {},
        has_people=_people(merchant),
    )


def _owners(merchant: Merchant) -> Iterable[ChannelMerchant]:
    grants = Grant.objects.select_related("application").order_by("pk")
    accounts = PaymentAccount.objects.select_related("channel_merchant").order_by("pk")
    accounts = accounts.annotate(is_used=_is_used())
    valid = StoredCredential.objects.filter(revoked_at=None).defer("sealed_value")
    return merchant.channel_merchants.order_by("pk").prefetch_related(
        Prefetch("credentials", valid),
        Prefetch("payment_accounts", accounts.prefetch_related(Prefetch("grants", grants))),
    )


def _is_used() -> Exists:
    """Look at an account's channel merchant's latest payments only: there may be millions."""
    owner = OuterRef(OuterRef("channel_merchant"))
    latest = Payment.objects.filter(channel_merchant=owner, state=PaymentState.SUCCEEDED)
    recent = latest.order_by("-paid_at").values("pk")[:RECENT]
    return Exists(Payment.objects.filter(pk__in=recent, payment_account=OuterRef("pk")))


def _keyed(applications: list[int]) -> frozenset[int]:
    keys = ApplicationKey.objects.filter(application__in=applications, revoked_at=None)
    return frozenset(keys.values_list("application", flat=True))


def _people(merchant: Merchant) -> bool:
    here = Q(group=merchant.group_id) | Q(merchant=merchant) | Q(project__merchant=merchant)
    working = Membership.objects.filter(here, role__in=WORKING, user__is_active=True)
    return working.exists()
