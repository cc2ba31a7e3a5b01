"""Routes of the control API; each channel has its own below its name."""

from django.urls import include, path

from gateway.sandbox.channels import CHANNELS
from gateway.sandbox.control import views

urlpatterns = [
    path("faults", views.faults),
    path("faults/menu", views.fault_menu),
    path("clock", views.clock),
    path("reset", views.reset),
    *(path(f"{code}/", include(channel.control_urls)) for code, channel in CHANNELS.items()),
]
