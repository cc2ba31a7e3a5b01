"""Receivers as a person enters them, tries them again and ends them; ``binding`` tells the channel.

What names a receiver at its channel is sealed at once: people see its ends, the database compares
a keyed hash of it.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from gateway.split_messages import ReceiverKind, Relation
from merchants.models import ChannelMerchant, PaymentAccount
from paycenter.kernel.clock import now
from paycenter.kernel.rows import find
from transactions.models import Move, Receiver
from transactions.moves import Because, move
from transactions.schedule import FIRST_LOOK
from transactions.splits.rules import is_promised_share, lock_rules_of
from transactions.splits.terms import split_terms

SHOWN = 2
"""Characters of an account that its hint shows at each end, where it is long enough."""


@transaction.atomic
def add_receiver(receiver: Receiver, *, account: str, name: str = "") -> None:
    """Store a new receiver with its account sealed; it is due to be bound.

    ``name`` is the one by which the channel knows the account. Raises ``ValidationError``.
    """
    check_receiver(receiver, account=account)
    receiver.merchant_id = receiver.channel_merchant.merchant_id
    receiver.account_hash = _hash(receiver.kind, account)
    receiver.account_hint = _hint(account)
    receiver.due_at = now() + FIRST_LOOK
    receiver.seal("sealed_account", account).seal("sealed_name", name)
    receiver.save(force_insert=True)


def check_receiver(receiver: Receiver, *, account: str) -> None:
    """Raise ``ValidationError`` for what no channel would bind, or only in vain.

    Must run in a transaction: a form that is sent twice at once enters one receiver.
    """
    owner = receiver.channel_merchant
    terms = split_terms(owner)
    if terms is None:
        raise ValidationError(_("This channel cannot split payments."))
    if receiver.kind not in terms.receiver_kinds:
        raise ValidationError(_("This channel pays no accounts of this kind."))
    if receiver.kind == ReceiverKind.MERCHANT and account == owner.mchid:
        raise ValidationError(_("This is the company's own account: it keeps what is left."))
    if (receiver.relation == Relation.CUSTOM) != bool(receiver.relation_text):
        raise ValidationError(_("Describe the relation if, and only if, it is another one."))
    if speaking_account(owner) is None:
        raise ValidationError(_("Enter a payment account of the channel merchant first."))
    lock_rules_of(owner.pk)
    account_hash = _hash(receiver.kind, account)
    known = find(Receiver.objects.filter(channel_merchant=owner, account_hash=account_hash))
    if known is not None:
        text = _("This account is a receiver already: %(receiver)s.")
        raise ValidationError(text, params={"receiver": str(known)})


@transaction.atomic
def bind_again(receiver_id: int, *, by: str, version: int) -> bool:
    """Try again what was refused or ended; returns False when it was changed meanwhile."""
    return _make_due(receiver_id, "bind_again", by=by, version=version)


@transaction.atomic
def unbind(receiver_id: int, *, by: str, version: int) -> bool:
    """End a binding; returns False when it was changed meanwhile.

    Raises ``ValidationError`` while a rule gives the receiver a share.
    """
    receiver = Receiver.objects.select_related("channel_merchant").get(pk=receiver_id)
    lock_rules_of(receiver.channel_merchant_id)
    if is_promised_share(receiver):
        raise ValidationError(_("A split rule gives it a share. Replace or retire the rule first."))
    return _make_due(receiver_id, "unbind", by=by, version=version)


def speaking_account(owner: ChannelMerchant) -> PaymentAccount | None:
    """Return the payment account by which the center speaks about the owner's receivers."""
    accounts = PaymentAccount.objects.select_related("channel_merchant__merchant")
    return accounts.filter(channel_merchant=owner).order_by("-is_active", "pk").first()


def _make_due(receiver_id: int, transition: str, *, by: str, version: int) -> bool:
    receiver = Receiver.objects.get(pk=receiver_id)
    if receiver.version != version:
        return False
    because = Because(Move.Cause.PERSON, actor=by)
    return move(receiver, transition, cause=because, due_at=now() + FIRST_LOOK)


def _hash(kind: str, account: str) -> str:
    """Return what tells accounts apart. Keyed: a plain hash of a number could be guessed back."""
    text = f"{kind}:{account}"
    return salted_hmac("transactions.receiver", text, algorithm="sha256").hexdigest()


def _hint(account: str) -> str:
    """Return an account recognisable and not usable; nothing of a short one."""
    if len(account) < 4 * SHOWN:
        return "***"
    return f"{account[:SHOWN]}***{account[-SHOWN:]}"
