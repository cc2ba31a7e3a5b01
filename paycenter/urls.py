"""Every address of the center on one screen."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from notifications.api import EventsView
from paycenter.metrics.scraping import metrics
from paycenter.operators.alerting.runbooks import runbook
from paycenter.operators.books.statements import reports, statements
from paycenter.operators.desk.payee_field import payee_choices
from paycenter.operators.health.page import channel_health
from paycenter.operators.worklists.page import work_page
from paycenter.probes import healthz, readyz, watchz
from transactions.api.urls import api_patterns, callback_patterns
from transactions.checkout.urls import checkout_patterns, collect_patterns
from transactions.easypay_door.urls import easypay_patterns

handler400 = "paycenter.errors.bad_request"
handler404 = "paycenter.errors.not_found"
handler500 = "paycenter.errors.server_error"

# Asked for its options (``OPTIONS``), the library's page fails.
docs = SpectacularSwaggerView.as_view(url_name="schema", http_method_names=["get", "head"])

# Where the operators' site has an address of its own, the center's does not tell it.
home = path("", RedirectView.as_view(pattern_name="admin:index"))

operators_patterns = [
    path("work/", admin.site.admin_view(work_page), name="work"),
    path("runbooks/<str:name>/", admin.site.admin_view(runbook), name="runbook"),
    path("channels/", admin.site.admin_view(channel_health), name="channel-health"),
    path("statements/", admin.site.admin_view(statements), name="statements"),
    path("reports/", admin.site.admin_view(reports), name="reports"),
    path("payees/", admin.site.admin_view(payee_choices), name="payee-choices"),
]

urlpatterns = [
    *([home] if settings.ADMIN_URL == "admin/" else []),
    path("api/v1/", include(api_patterns)),
    path("api/v1/events", EventsView.as_view()),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs, name="docs"),
    path("callbacks/", include(callback_patterns)),
    path("checkout/", include(checkout_patterns)),
    path("collect/", include(collect_patterns)),
    path("easypay/", include(easypay_patterns)),
    path(settings.ADMIN_URL, include(operators_patterns)),
    path(settings.ADMIN_URL, admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("watchz", watchz),
    path("metrics", metrics),
]
