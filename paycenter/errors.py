"""What Django answers where no view of ours does: unknown addresses, broken requests, bugs.

Below ``/api/v1/`` a program reads the answer, so it is a problem document with the request's id
like every other refusal there; elsewhere Django's own page is enough.
"""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from paycenter.kernel.api import render_problem
from paycenter.kernel.errors import Problem

API = "/api/v1/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refused (an unknown ``Host``, for one)."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    return render_problem(Problem("invalid_request", "The request could not be understood."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request for an address there is not."""
    if not request.path.startswith(API):
        return defaults.page_not_found(request, exception)
    return render_problem(
        Problem("not_found", "There is no such address; addresses end without a slash.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request that met a bug outside of any view; Django has logged it."""
    if not request.path.startswith(API):
        return defaults.server_error(request)
    return render_problem(
        Problem("internal_error", "The request id identifies this error in the log.")
    )
