"""Which URLs a request may name: those of hosts registered with the application."""

from urllib.parse import urlsplit

from merchants.models import Application
from paycenter.kernel.errors import Problem
from paycenter.kernel.outgoing_urls import RefusedURL, check_url


def check_application_url(application: Application, url: str, *, code: str) -> None:
    """Raise ``Problem`` with ``code`` unless the URL is acceptable and its host registered.

    ``code`` is ``notify_url_refused`` or ``return_url_refused``.
    """
    try:
        check_url(url)
    except RefusedURL as error:
        raise Problem(code, str(error)) from None
    if urlsplit(url).hostname not in application.allowed_hosts:
        raise Problem(code, "Its host is not registered with the application.")
