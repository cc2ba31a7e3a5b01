"""What people read for the codes that are stored: one table per kind of code, with its colour.

Colours say what to do: ``good`` nothing, ``wait`` the center is at it, ``care`` keep an eye on it,
``bad`` somebody should look, ``plain`` it is over.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.bill_messages import Movement
from gateway.messages import Finding, InvokeMethod
from gateway.models import Callback, HealthChange
from gateway.split_messages import ReceiverKind, Relation
from gateway.words import OPERATIONS as CALL_OPERATIONS
from gateway.words import OUTCOMES as CALL_OUTCOMES
from merchants.models import AuditEvent
from notifications.models import Alert, Delivery, Incident, Post
from paycenter.alert_rules import RULES
from paycenter.operators.bulk.models import BulkItem, BulkRun
from transactions.difference_lifecycle import DifferenceState
from transactions.lifecycle import DuplicateState, OrderState, PaymentState, RefundState
from transactions.models import (
    ChannelBill,
    Difference,
    Move,
    Reconciliation,
    RefundProposal,
    SplitShare,
)
from transactions.split_lifecycle import (
    BindingState,
    ReleaseState,
    ReturnState,
    RuleState,
    SplitState,
)


class Word(NamedTuple):
    """The text of a code and the colour of its label."""

    text: str | Promise
    colour: str = "plain"


Words = Mapping[str, Word]


def word_of(words: Words, code: str) -> Word:
    """Return how to show a code; one nobody described shows as it is."""
    return words.get(code) or Word(code)


def _coloured(texts: type[TextChoices] | Mapping[str, str | Promise], **colours: str) -> Words:
    """Take codes and texts from where they are declared; without a colour they are ``plain``."""
    pairs = texts.items() if isinstance(texts, Mapping) else texts.choices
    return {code: Word(text, colours.get(code, "plain")) for code, text in pairs}


ORDER_STATES = _coloured(
    OrderState, created="wait", paying="wait", paid="good", partially_refunded="care"
)
PAYMENT_STATES = _coloured(
    PaymentState, initiating="wait", pending="wait", unknown="care", succeeded="good", failed="bad"
)
REFUND_STATES = _coloured(
    RefundState,
    pending_approval="wait",
    approved="wait",
    processing="wait",
    unknown="care",
    succeeded="good",
    failed="bad",
    rejected="bad",
)
DUPLICATE_STATES = _coloured(DuplicateState, **{"return": "good"}, held="bad")
SPLIT_STATES = _coloured(
    SplitState,
    pending_approval="wait",
    planned="wait",
    processing="wait",
    unknown="care",
    finished="good",
    failed="bad",
)
SHARE_RESULTS = _coloured(SplitShare.Result, pending="wait", succeeded="good", failed="bad")
RETURN_STATES = _coloured(
    ReturnState, planned="wait", processing="wait", unknown="care", succeeded="good", failed="bad"
)
RELEASE_STATES = _coloured(
    ReleaseState, planned="wait", unknown="care", succeeded="good", failed="bad"
)
BINDING_STATES = _coloured(
    BindingState, binding="wait", bound="good", refused="bad", unbinding="wait"
)
RULE_STATES = _coloured(RuleState, waiting="care", approved="good", refused="bad")
MOVE_STATES: Mapping[str, Words] = {
    Move.Subject.ORDER: ORDER_STATES,
    Move.Subject.PAYMENT: PAYMENT_STATES,
    Move.Subject.REFUND: REFUND_STATES,
    Move.Subject.DUPLICATE: DUPLICATE_STATES,
    Move.Subject.DIFFERENCE: _coloured(DifferenceState),
    Move.Subject.RECEIVER: BINDING_STATES,
    Move.Subject.RULE: RULE_STATES,
    Move.Subject.SPLIT: SPLIT_STATES,
    Move.Subject.RETURN: RETURN_STATES,
    Move.Subject.RELEASE: RELEASE_STATES,
}
BILL_STATES = _coloured(
    ChannelBill.State, wanted="wait", received="wait", loaded="good", empty="good", unusable="bad"
)
MOVEMENTS: Words = {
    Movement.PAYMENT: Word(_("payment")),
    Movement.REFUND: Word(_("refund")),
    Movement.REFUND_REVERSED: Word(_("refund that came back"), "care"),
    Movement.FEE: Word(_("fee")),
    Movement.SPLIT: Word(_("split")),
    Movement.WITHDRAWAL: Word(_("to the bank")),
    Movement.OTHER: Word(_("other")),
}
BILL_OUTCOMES = _coloured(CALL_OUTCOMES, succeeded="good", failed="bad", pending="wait")
RUN_STATES = _coloured(Reconciliation.State, due="wait", running="wait", done="good")
RUN_COUNTS: Words = {
    "repaired": Word(_("repaired")),
    "duplicate": Word(_("twice in the bill")),
    "unequal": Word(_("unequal")),
    "channel_only": Word(_("only in the channel bill")),
    "local_only": Word(_("only here")),
    "fee": Word(_("another fee")),
    "vanished": Word(_("gone")),
    "found_later": Word(_("found in a later bill")),
    "matured": Word(_("waited long enough")),
    "equal": Word(_("equal")),
    "told": Word(_("told to applications")),
}
DIFFERENCE_TYPES = _coloured(
    Difference.Type,
    channel_only="bad",
    local_only="bad",
    amount="bad",
    state="bad",
    fee="care",
    duplicate="care",
)
DIFFERENCE_STATES = _coloured(
    DifferenceState, pending="wait", open="bad", assigned="care", proposed="care", resolved="good"
)
PROPOSAL_STATES = _coloured(RefundProposal.State, waiting="wait", approved="good", refused="bad")
DELIVERY_STATES = _coloured(Delivery.State, pending="wait", delivered="good", dead="bad")
BULK_STATES = _coloured(BulkRun.State, draft="care", running="wait", finished="good")
BULK_WISHES: Words = {
    "will": Word(_("will be done"), "good"),
    "will_not": Word(_("will be skipped"), "care"),
}
BULK_RESULTS = _coloured(BulkItem.State, waiting="wait", done="good", skipped="care", failed="bad")
CALLBACK_RESULTS = _coloured(
    Callback.Result,
    received="care",
    rejected="bad",
    unknown_number="bad",
    mismatch="bad",
    unconfirmed="bad",
    applied="good",
)
OUTCOMES = _coloured(CALL_OUTCOMES, succeeded="good", failed="bad", pending="wait", unknown="care")
OPERATIONS = _coloured(CALL_OPERATIONS)
FINDINGS: Words = {
    Finding.WORKS: Word(_("works"), "good"),
    Finding.UNREACHABLE: Word(_("no answer"), "care"),
    Finding.MISCONFIGURED: Word(_("not entered correctly"), "bad"),
    Finding.WRONG_KEY: Word(_("wrong key"), "bad"),
    Finding.UNKNOWN_ACCOUNT: Word(_("account not known there"), "bad"),
    Finding.NOT_PERMITTED: Word(_("not permitted"), "bad"),
    Finding.CLOCK: Word(_("clocks differ"), "bad"),
    Finding.UNVERIFIED: Word(_("answer not verified"), "bad"),
    Finding.REFUSED: Word(_("refused"), "bad"),
}
BREAKER_STATES = _coloured(HealthChange.State, closed="good", open="bad", half_open="care")
SEVERITIES = _coloured(Alert.Severity, info="plain", warning="care", critical="bad")
ALERT_RULES: Words = {rule: Word(title) for rule, title in RULES.items()}
DEEDS = _coloured(AuditEvent.Action, sign_in_failed="bad", delete="care", show="care")
INCIDENT_STATES = _coloured(Incident.State, open="bad", acknowledged="care", over="plain")
POST_KINDS = _coloured(Post.Kind)
POST_OUTCOMES = _coloured(
    Post.Outcome,
    sending="wait",
    sent="good",
    throttled="care",
    refused="bad",
    too_long="care",
    failed="bad",
)
RECEIVER_KINDS: Words = {
    ReceiverKind.MERCHANT: Word(_("merchant's number")),
    ReceiverKind.OPENID: Word(_("openid of a person")),
    ReceiverKind.USER_ID: Word(_("user id")),
    ReceiverKind.LOGIN_NAME: Word(_("login name")),
}
RELATIONS: Words = {
    Relation.SERVICE_PROVIDER: Word(_("service provider")),
    Relation.STORE: Word(_("store")),
    Relation.STAFF: Word(_("member of staff")),
    Relation.STORE_OWNER: Word(_("owner of the store")),
    Relation.PARTNER: Word(_("partner")),
    Relation.HEADQUARTER: Word(_("headquarters")),
    Relation.BRAND: Word(_("brand")),
    Relation.DISTRIBUTOR: Word(_("distributor")),
    Relation.USER: Word(_("user")),
    Relation.SUPPLIER: Word(_("supplier")),
    Relation.CUSTOM: Word(_("another one")),
}
INVOKE_METHODS: Words = {
    InvokeMethod.MINI_PROGRAM: Word(_("mini program")),
    InvokeMethod.OFFICIAL_ACCOUNT: Word(_("official account")),
    InvokeMethod.APP: Word(_("app")),
    InvokeMethod.WAP: Word(_("mobile web page")),
    InvokeMethod.PC: Word(_("web page on a computer")),
    InvokeMethod.QR_CODE: Word(_("QR code")),
}
EVENT_TYPES: Words = {
    "payment.succeeded": Word(_("payment succeeded"), "good"),
    "payment.failed": Word(_("payment failed"), "bad"),
    "payment.closed": Word(_("payment closed")),
    "payment.duplicated": Word(_("paid a second time"), "bad"),
    "refund.succeeded": Word(_("refund succeeded"), "good"),
    "refund.failed": Word(_("refund failed"), "bad"),
    "refund.rejected": Word(_("refund rejected"), "bad"),
    "reconciliation.difference": Word(_("differs from the channel bill"), "bad"),
    "split.finished": Word(_("split finished"), "good"),
    "split.failed": Word(_("split failed"), "bad"),
    "split.returned": Word(_("share returned"), "good"),
    "order.attempt_repeated": Word(_("another attempt for the order"), "care"),
}
