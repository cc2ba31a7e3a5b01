"""The one address of Alipay's gateway."""

from django.urls import path

from gateway.sandbox.alipay.pipeline import gateway

urlpatterns = [path("gateway.do", gateway)]
