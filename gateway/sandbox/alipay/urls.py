"""The addresses of Alipay: the gateway, and the page where payers log in to an app."""

from django.urls import path

from gateway.sandbox.alipay.login import authorize
from gateway.sandbox.alipay.pipeline import gateway

urlpatterns = [path("gateway.do", gateway), path("oauth2/publicAppAuthorize.htm", authorize)]
