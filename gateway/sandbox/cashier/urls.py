"""Routes of the cashier pages; each channel has its own below its name."""

from django.urls import include, path

from gateway.sandbox.cashier import views
from gateway.sandbox.channels import CHANNELS

urlpatterns = [
    path("", views.index),
    *(
        path(f"{code}/", include(channel.cashier_urls))
        for code, channel in CHANNELS.items()
        if channel.cashier_urls
    ),
]
