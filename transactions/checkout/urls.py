"""The payer's addresses, all behind an unguessable token; that of a collection code is public."""

from django.urls import path

from transactions.checkout import collecting, login, receipts, views

checkout_patterns = [
    path("login/", login.done, name="checkout-login-done"),
    path("<str:token>/", views.page, name="checkout"),
    path("<str:token>/status", views.status, name="checkout-status"),
    path("<str:token>/pay", views.pay, name="checkout-pay"),
    path("<str:token>/go", views.go, name="checkout-go"),
    path("<str:token>/login/<slug:way>", login.start, name="checkout-login"),
    path("<str:token>/receipt", receipts.receipt, name="checkout-receipt"),
    path("<str:token>/receipt.pdf", receipts.receipt_pdf, name="checkout-receipt-pdf"),
]

collect_patterns = [path("<slug:token>/", collecting.collect, name="collect")]
