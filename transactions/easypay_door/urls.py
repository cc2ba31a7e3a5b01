"""The door's addresses below ``/easypay/``: an EasyPay platform's, and the payer's pages."""

from django.urls import path, re_path

from transactions.easypay_door import pages, v1, v2

easypay_patterns = [
    path("submit.php", pages.submit),
    path("mapi.php", v1.mapi),
    path("api.php", v1.api),
    path("api/pay/submit", pages.submit_v2),
    path("api/pay/create", v2.create),
    path("api/pay/query", v2.query),
    path("api/pay/refund", v2.refund),
    path("api/pay/refundquery", v2.refundquery),
    path("api/pay/close", v2.close),
    path("api/merchant/info", v2.info),
    re_path(r"^api/[a-z]{1,16}/[a-z]{1,16}$", v2.no_such_method),
    path("choose/<str:token>/", pages.choose, name="easypay-choose"),
    path("page/<str:token>/", pages.page, name="easypay-page"),
]
