"""Which content policy a page has: the strict one, or that of the library that makes the page.

The operators' theme computes with Alpine, which evaluates text, and styles elements inline; the API
documentation starts with an inline script. Both load from this server alone.
"""

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

_OPERATORS = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
_DOCUMENTATION = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
POLICIES = {f"/{settings.ADMIN_URL}": _OPERATORS, "/api/docs/": _DOCUMENTATION}
"""By the beginning of the path; what is not said stays strict."""


class ContentPolicyMiddleware(CSPMiddleware):
    """Sends each page its policy."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Choose the policy by the address."""
        parts = super().get_policy_parts(request, response, report_only)
        for path, own in POLICIES.items():
            if request.path.startswith(path) and not report_only:
                parts.replace = own
        return parts
