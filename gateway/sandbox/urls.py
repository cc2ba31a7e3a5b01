"""Everything the sandbox serves: channels at their own paths, control API, the payers' pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView


def alive(_request: HttpRequest) -> HttpResponse:
    """Answers as soon as the state is loaded."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", RedirectView.as_view(url="/cashier/")),
    path("healthz", alive),
    path("", include("gateway.sandbox.alipay.urls")),
    path("", include("gateway.sandbox.wechat.login")),
    path("v3/", include("gateway.sandbox.wechat.urls")),
    path("easypay/", include("gateway.sandbox.easypay.urls")),
    path("bridge/", include("gateway.sandbox.wechat.bridge")),
    path("bridge/", include("gateway.sandbox.alipay.bridge")),
    path("cashier/", include("gateway.sandbox.cashier.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("control/", include("gateway.sandbox.control.urls")),
]
