"""The operators' site: Django's admin, entered by password and second factor."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from paycenter.operators.security.entering import PasswordStep, second_factor, set_up
from paycenter.operators.security.own_page import my_security, new_codes
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.security.proving import prove
from paycenter.operators.security.sign_ins import current_sign_in, leave, open_sign_in
from paycenter.operators.security.theme import AdminSite


class OperatorsSite(AdminSite):
    """Lets in who has an open sign-in (``sign_ins``), and nobody else."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the request may see any page here."""
        return super().has_permission(request) and current_sign_in(request) is not None

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the pages of signing in and of one's own security."""
        return [
            path("second-factor/", self._open(second_factor), name="second-factor"),
            path("second-factor/set-up/", self._open(set_up), name="second-factor-set-up"),
            path("prove/", self._closed(prove), name="prove"),
            path("my-security/", self._closed(my_security), name="my-security"),
            path("my-security/codes/", self._closed(new_codes), name="new-recovery-codes"),
            *super().get_urls(),
        ]

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the password; a session that is over says why, and is forgotten."""
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.method == "GET" and request.user.is_authenticated:
            end = leave(request)
            if end is not None:
                messages.info(request, _("You were signed out: %(why)s.") % {"why": end.label})
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index")),
            **(extra_context or {}),
        }
        step = PasswordStep.as_view(authentication_form=self.login_form, extra_context=context)
        answer: HttpResponse = step(request)  # type: ignore[assignment]
        return answer

    @needs_proof
    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Change one's own password. All sessions end; this one begins anew, with a new key."""
        row = current_sign_in(request)
        answer = super().password_change(request, extra_context)
        if answer.status_code == 302 and row is not None:
            open_sign_in(request, row.user, second_factor=row.second_factor)
        return answer

    def _open(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return never_cache(login_not_required(partial(view, self)))

    def _closed(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return self.admin_view(partial(view, self))
