"""Addresses of the transaction core."""

from django.urls import path, re_path

from transactions.api.accounts import PaymentAccountsView
from transactions.api.callbacks import receive_callback
from transactions.api.checkouts import CheckoutsView
from transactions.api.orders import OrderView
from transactions.api.payments import (
    PaymentCloseView,
    PaymentsView,
    PaymentSyncView,
    PaymentView,
)
from transactions.api.receivers import ReceiversView
from transactions.api.refunds import RefundsView, RefundView
from transactions.api.splits import (
    PaymentReleaseView,
    SplitReturnsView,
    SplitsView,
    SplitView,
)
from transactions.api.statements import DigestsView, StatementView

api_patterns = [
    path("payments", PaymentsView.as_view()),
    path("payments/<str:serial_no>", PaymentView.as_view()),
    path("payments/<str:serial_no>/close", PaymentCloseView.as_view()),
    path("payments/<str:serial_no>/sync", PaymentSyncView.as_view()),
    path("orders/<str:order_no>", OrderView.as_view()),
    path("checkouts", CheckoutsView.as_view()),
    path("refunds", RefundsView.as_view()),
    path("refunds/<str:refund_serial_no>", RefundView.as_view()),
    path("splits", SplitsView.as_view()),
    path("splits/<str:split_serial_no>", SplitView.as_view()),
    path("splits/<str:split_serial_no>/returns", SplitReturnsView.as_view()),
    path("payments/<str:serial_no>/release", PaymentReleaseView.as_view()),
    path("receivers", ReceiversView.as_view()),
    path("statements/<str:day>", StatementView.as_view()),
    path("digests", DigestsView.as_view()),
    path("payment-accounts", PaymentAccountsView.as_view()),
]

callback_patterns = [
    re_path(
        r"^(?P<channel>[a-z]{1,16})/(?P<payment_no>[A-Z0-9]{1,16})/(?:refund/)?$", receive_callback
    ),
]
