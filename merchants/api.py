"""The base of every view an application calls."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from merchants.models import Application, SecurityRecord
from merchants.signed_requests import SCHEME, Caller, authenticate
from paycenter.kernel.addresses import client_address
from paycenter.kernel.errors import Problem
from paycenter.kernel.request_id import current_request_id

HEADERS = {
    "accessKey": ("X-Pc-Key", "The access key's id."),
    "timestamp": ("X-Pc-Timestamp", "Unix seconds; may be off by 300."),
    "nonce": ("X-Pc-Nonce", "16 to 64 characters of `[A-Za-z0-9_-]`, never used before."),
    "signature": ("X-Pc-Signature", f"Base64 of the `{SCHEME}` signature, see the introduction."),
}
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class SignedRequest(BaseAuthentication):
    """Lets only signed requests pass."""

    def authenticate(self, request: Request) -> tuple[Application, Caller]:
        """Return the application and its caller object. Raises ``Problem``.

        A read spends its nonce here; a write spends it in the commit of what it does.
        """
        caller = authenticate(request._request)
        if request.method in READING:
            caller.spend_nonce()
        return caller.application, caller


def record_refusal(request: HttpRequest, problem: Problem) -> None:
    """Write the one row a refused request leaves behind."""
    SecurityRecord.objects.create(
        door=SecurityRecord.Door.API,
        reason=problem.code,
        claimed=request.headers.get("X-Pc-Key", "")[:64].replace("\x00", ""),
        address=client_address(request) or None,
        path=request.path[:200].replace("\x00", ""),
        request_id=current_request_id.get(),
    )


class SignedAPIView(APIView):
    """A view for authenticated applications; ``caller`` is who signed the request."""

    authentication_classes = [SignedRequest]

    @property
    def caller(self) -> Caller:
        """Return who signed this request."""
        caller: Any = self.request.auth
        assert isinstance(caller, Caller)  # noqa: S101 (set by SignedRequest)
        return caller

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in English, as documented: who reads these texts writes programs."""
        with translation.override("en"):
            response = super().dispatch(request, *args, **kwargs)
        response.headers["Content-Language"] = "en"
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let the caller in; a number PostgreSQL cannot even look for (``%00``) does not exist."""
        super().initial(request, *args, **kwargs)
        if any("\x00" in number for number in kwargs.values()):
            raise Problem("not_found", "Nothing here has this number.")

    def perform_content_negotiation(self, request: Request, force: bool = True) -> Any:
        """Answer as documented, whatever the client says it accepts: there is one form of it."""
        del force
        return super().perform_content_negotiation(request, force=True)

    def handle_exception(self, exc: Exception) -> Any:
        """Keep a security record of whoever is refused at the door, then answer as usual."""
        if isinstance(exc, Problem) and exc.status in {401, 403}:
            record_refusal(self.request._request, exc)
        return super().handle_exception(exc)


class SignedRequestScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document which four headers a signed request carries."""

    target_class = SignedRequest
    name = list(HEADERS)

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Return one scheme per header; a request needs all of them."""
        del auto_schema
        return [
            {"type": "apiKey", "in": "header", "name": name, "description": text}
            for name, text in HEADERS.values()
        ]
