"""Every state and every edge: what the table does not list is not possible."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from django_fsm import can_proceed

from transactions.lifecycle import DuplicateState, OrderState, PaymentState, RefundState
from transactions.models import DuplicatePayment, Order, Payment, Refund

AT = datetime(2026, 11, 22, tzinfo=UTC)

Row = Order | Payment | Refund | DuplicatePayment
Edges = dict[str, tuple[set[str], str, dict[str, Any]]]

ORDER: Edges = {
    "start_paying": ({"created", "expired"}, "paying", {"expires_at": AT}),
    "offer_again": ({"expired"}, "created", {"expires_at": AT}),
    "settle": ({"created", "paying", "closed", "expired"}, "paid", {"amount": 1, "paid_at": AT}),
    "refund_part": ({"paid", "partially_refunded"}, "partially_refunded", {"amount": 1}),
    "refund_rest": ({"paid", "partially_refunded"}, "refunded", {"amount": 1}),
    "close": ({"created", "paying", "expired"}, "closed", {}),
    "expire": ({"created", "paying"}, "expired", {}),
}
PAYMENT: Edges = {
    "accept": ({"initiating", "unknown"}, "pending", {"action": {}, "due_at": AT}),
    "lose_track": ({"initiating"}, "unknown", {"due_at": AT}),
    "fail": ({"initiating", "unknown", "pending"}, "failed", {"code": "", "message": ""}),
    "close": ({"initiating", "unknown", "pending"}, "closed", {}),
    "succeed": (
        {"initiating", "unknown", "pending", "failed", "closed"},
        "succeeded",
        {"channel_serial_no": "42", "paid_at": AT, "settles_order": True},
    ),
}
REFUND: Edges = {
    "approve": ({"pending_approval"}, "approved", {"decided_by": "li", "due_at": AT}),
    "approve_offline": (
        {"pending_approval"},
        "succeeded",
        {"decided_by": "li", "succeeded_at": AT},
    ),
    "reject": ({"pending_approval"}, "rejected", {"decided_by": "li"}),
    "claim": ({"approved", "unknown"}, "unknown", {"sent_at": AT, "due_at": AT}),
    "accept": ({"approved", "unknown"}, "processing", {"due_at": AT, "channel_refund_no": ""}),
    "lose_track": ({"approved"}, "unknown", {"due_at": AT}),
    "allow_again": ({"processing", "unknown"}, "approved", {"due_at": AT}),
    "succeed": (
        {"approved", "processing", "unknown", "failed"},
        "succeeded",
        {"succeeded_at": AT, "channel_refund_no": ""},
    ),
    "fail": ({"approved", "processing", "unknown"}, "failed", {"code": "", "message": ""}),
}
DUPLICATE: Edges = {
    "give_back": ({"held", "keep"}, "return", {}),
    "hold": ({"return"}, "held", {}),
    "keep": ({"held"}, "keep", {}),
}
TABLES = [
    (Order, OrderState, ORDER),
    (Payment, PaymentState, PAYMENT),
    (Refund, RefundState, REFUND),
    (DuplicatePayment, DuplicateState, DUPLICATE),
]
EDGES = [
    pytest.param(model, state, name, edge, id=f"{model.__name__}-{state}-{name}")
    for model, states, table in TABLES
    for (name, edge), state in product(table.items(), states.values)
]


@pytest.mark.parametrize(("model", "state", "name", "edge"), EDGES)
def test_an_edge_is_possible_from_its_sources_only(
    model: type[Row],
    state: str,
    name: str,
    edge: tuple[set[str], str, dict[str, Any]],
) -> None:
    sources, target, facts = edge
    row = model(state=state)
    assert can_proceed(getattr(row, name)) == (state in sources)
    if state in sources:
        getattr(row, name)(**facts)
        assert row.state == target


@pytest.mark.parametrize(("model", "table"), [(model, table) for model, _, table in TABLES])
def test_the_table_lists_every_edge(model: type[Row], table: Edges) -> None:
    row: Any = model()
    declared = {transition.name for transition in row.get_all_state_transitions()}
    assert declared == set(table)


@pytest.mark.parametrize(("model", "states"), [(model, states) for model, states, _ in TABLES])
def test_states_cannot_be_assigned(model: type[Row], states: type[OrderState]) -> None:
    row = model()
    with pytest.raises(AttributeError):
        row.state = states.values[-1]


def test_an_ended_payment_is_not_due_and_cannot_be_launched() -> None:
    for name in ("fail", "close", "succeed"):
        payment = Payment(state="pending", action={"type": "qr_code"}, due_at=AT)
        getattr(payment, name)(**PAYMENT[name][2])
        assert (payment.action, payment.due_at) == (None, None)


def test_an_ended_refund_is_not_due() -> None:
    for name in ("succeed", "fail"):
        refund = Refund(state="processing", due_at=AT)
        getattr(refund, name)(**REFUND[name][2])
        assert refund.due_at is None
