"""The addresses of Alipay: the gateway, the page where payers log in to an app, and files."""

from django.urls import path

from gateway.sandbox.alipay.bills import FILE_PATH, serve_file
from gateway.sandbox.alipay.login import authorize
from gateway.sandbox.alipay.pipeline import gateway

urlpatterns = [
    path("gateway.do", gateway),
    path("oauth2/publicAppAuthorize.htm", authorize),
    path(FILE_PATH, serve_file),
]
