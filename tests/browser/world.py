"""What the walks of operators find: people, and a row in every list of work.

Runs inside the center's own code (``House.inside``). What the center could move on by itself is
due in a week, so that it still waits when somebody looks.
"""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction

from merchants.credentials import store_credential
from merchants.models import ChannelSwitch, Membership, Merchant, Role, StoredCredential
from notifications.models import Delivery, Robot
from paycenter.kernel.clock import now
from paycenter.kernel.credential import Credential
from paycenter.kernel.numbers import mint
from paycenter.sandbox_seed import COMPANY
from tests.admin.bill_rows import make_bill
from tests.admin.rows import Company, make_company, make_duplicate, make_story
from tests.admin.split_rows import divide, rule_for
from tests.browser.names import (
    COLLECTOR,
    FOUND,
    MAKER,
    MOVED_OUT,
    NEXT_DAY,
    OTHER_COMPANY,
    OTHER_GROUP,
    OTHER_SHORT,
    POOR,
    TOO_MUCH,
)
from transactions.models import (
    Difference,
    Order,
    Payment,
    Refund,
    RefundProposal,
    Split,
    SplitRule,
)
from transactions.services.refund_approvals import RefundWish, ask_for_refund

LATER = timedelta(days=7)


def make_people(**passwords: str) -> None:
    """Let people of the first company's finance sign in with these passwords."""
    for username, password in passwords.items():
        user = User.objects.create_user(username, password=password, is_staff=True)
        company = Merchant.objects.get(name=COMPANY)
        Membership.objects.create(user=user, role=Role.FINANCE, merchant=company)


@transaction.atomic
def make_waiting() -> None:
    """Have a row wait in every list of work, all of one company."""
    company = make_company()
    _name(company)
    # Or the rows bring a robot that would send what the running center tells.
    Robot(name="值班群", keyword="支付", is_active=False).seal("sealed_token", "0" * 64).save()
    order = make_story(company)
    make_duplicate(order, state="held")
    payment = divide(order)
    _differences(make_bill(order), make_story(company))
    SplitRule.objects.filter(pk=rule_for(order).pk).update(written_by=MAKER)
    _splits(payment)
    _refunds(payment)
    _payment_nobody_knows_of(make_story(company))
    _notifications(company)
    _credentials(company)
    # Each story switched the account off once more.
    ChannelSwitch.objects.exclude(pk=ChannelSwitch.objects.latest("pk").pk).delete()


def _name(company: Company) -> None:
    """Give everybody a name that a person could have given."""
    Merchant.objects.filter(pk=company.merchant.pk).update(
        name=OTHER_COMPANY, display_name=OTHER_SHORT
    )
    company.merchant.group.name = OTHER_GROUP
    company.merchant.group.save()
    company.application.name = COLLECTOR
    company.application.save()
    company.merchant.refresh_from_db()


def _refunds(payment: Payment) -> None:
    """One waits for somebody else, two are stuck, of which one was looked into, one failed."""
    ask_for_refund(payment.pk, RefundWish(1_200, TOO_MUCH, MAKER))
    common = {
        "merchant": payment.merchant,
        "application": payment.order.application,
        "payment": payment,
        "reason": MOVED_OUT,
        "created_at": now(),
    }
    stuck = {"needs_person": True, "due_at": now() + LATER}
    for state, facts in (
        ("unknown", stuck),
        ("unknown", stuck),
        ("failed", {"failure_code": "NOT_ENOUGH", "failure_message": POOR}),
    ):
        number = mint("R", now())
        Refund.objects.create(refund_serial_no=number, state=state, amount=300, **(common | facts))
    _looked_into(Refund.objects.filter(payment=payment, needs_person=True).latest("pk"))


def _looked_into(refund: Refund) -> None:
    """Somebody found out what became of a stuck refund."""
    RefundProposal.objects.create(
        merchant=refund.merchant,
        refund=refund,
        refund_version=refund.version,
        solution="returned",
        explanation=FOUND,
        proposed_by=MAKER,
        created_at=now(),
    )


def _splits(payment: Payment) -> None:
    """One failed, and one that a person asked for waits."""
    failed = Split.objects.get(payment=payment)
    Split.objects.filter(pk=failed.pk).update(state="failed")
    facts = {field.attname: getattr(failed, field.attname) for field in Split._meta.concrete_fields}
    waiting = Split(
        **facts
        | {
            "id": None,
            "split_no": None,
            "split_serial_no": mint("S", now()),
            "state": "pending_approval",
            "asked_by": MAKER,
            "finished_at": None,
        }
    )
    waiting.save(force_insert=True)


def _differences(found: Difference, order: Order) -> None:
    """One is open; for another, a payment the channel bill lacks, somebody proposed a solution."""
    payment = Payment.objects.get(order=order, settles_order=True)
    facts = {field.attname: getattr(found, field.attname) for field in found._meta.concrete_fields}
    Difference.objects.create(
        **facts
        | {
            "id": None,
            "type": "local_only",
            "number": payment.serial_no,
            "payment_id": payment.pk,
            "bill_line_id": None,
            "theirs": None,
            "state": "proposed",
            "solution": "explained",
            "explanation": NEXT_DAY,
            "proposed_by": MAKER,
        }
    )


def _payment_nobody_knows_of(order: Order) -> None:
    """The attempt before the one that paid."""
    earlier = Payment.objects.filter(order=order, settles_order=False)
    earlier.update(state="unknown", failure_code="", failure_message="", due_at=now() + LATER)


def _notifications(company: Company) -> None:
    """One was given up; another is late once nobody looks after it (``make_late``)."""
    waiting = Delivery.objects.filter(merchant=company.merchant, state="pending")
    waiting.update(due_at=now() + LATER)
    Delivery.objects.filter(pk=waiting.earliest("pk").pk).update(state="dead", due_at=None)


def make_late() -> None:
    """Let a notification be due since an hour."""
    waiting = Delivery.objects.filter(merchant__name=OTHER_COMPANY, state="pending")
    Delivery.objects.filter(pk=waiting.earliest("pk").pk).update(due_at=now() - timedelta(hours=1))


def make_punctual() -> None:
    """Let no notification be due before next week."""
    Delivery.objects.filter(merchant__name=OTHER_COMPANY, state="pending").update(
        due_at=now() + LATER
    )


def _credentials(company: Company) -> None:
    """One expires in nine days; another was entered and waits for somebody else."""
    known = StoredCredential.objects.get(channel_merchant=company.owner)
    StoredCredential.objects.filter(pk=known.pk).update(not_after=now() + timedelta(days=9))
    entered = Credential("wechatpay_public_key", "PUB_KEY_ID_0116000001", "entered")
    store_credential(company.owner, entered, entered_by=MAKER)
