"""Signing in: the password, then the code; who has no app yet sets one up between the two."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.audit.recording import Action
from paycenter.operators.audit.deeds import note_change
from paycenter.operators.security.forms import WRONG_CODE, CodeForm, wait_first
from paycenter.operators.security.half import (
    Half,
    app_to_set_up,
    begin_half,
    finish_half,
    forget_set_up,
    half_of,
)
from paycenter.operators.security.locks import count_failure, locked_out, network_waits, too_many
from paycenter.operators.security.models import Authenticator, SignIn
from paycenter.operators.security.proof import proof_first
from paycenter.operators.security.second_factor import (
    accepts,
    app_address,
    authenticator_of,
    codes_left,
    confirm,
)
from paycenter.operators.security.sign_ins import current_sign_in, end_sign_ins, sign_in
from transactions.qr import drawn

if TYPE_CHECKING:
    from paycenter.operators.security.theme import AdminSite

FEW_CODES = 3


class PasswordStep(LoginView):
    """The password. Where a second factor is required nobody is signed in by it alone."""

    template_name = "admin/login.html"

    def post(self, request: HttpRequest, *args: str, **kwargs: object) -> HttpResponse:
        """Look at the password, unless the network has sent too many."""
        wait = network_waits(request)
        return too_many(request, wait) if wait else super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Ask for the second factor next."""
        user, next_url = form.get_user(), self.get_success_url()
        backend: str = user.backend
        if settings.SECOND_FACTOR == "off":
            sign_in(self.request, user, backend=backend, second_factor=False)
            return HttpResponseRedirect(next_url)
        begin_half(self.request, user, backend=backend, next_url=next_url)
        return HttpResponseRedirect(reverse("admin:second-factor"))


def second_factor(site: "AdminSite", request: HttpRequest) -> HttpResponse:
    """Ask who gave the password for a code of their app."""
    half = half_of(request)
    if half is None:
        return HttpResponseRedirect(reverse("admin:login"))
    app = authenticator_of(half.user)
    if app is None:
        return HttpResponseRedirect(reverse("admin:second-factor-set-up"))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        locked = locked_out(request, half.user)
        if locked is not None:
            return locked
        problem = wait_first(app)
        if problem is None and accepts(app, form.cleaned_data["code"]):
            return _enter(request, half, app)
        if problem is None:
            count_failure(request, half.user)
        form.add_error("code", problem or WRONG_CODE)
    context = {**site.each_context(request), "title": _("Second step"), "form": form}
    return TemplateResponse(request, "admin/second_factor.html", context)


def set_up(site: "AdminSite", request: HttpRequest) -> HttpResponse:
    """Show the QR code of a new app, take a code of it back, and show recovery codes once.

    For who gave the password and has no app, and for who is signed in and takes another one.
    """
    half, row = half_of(request), current_sign_in(request)
    refused = _no_set_up(request, half, row)
    if refused is not None:
        return refused
    user = row.user if row is not None else half.user  # type: ignore[union-attr]
    app = app_to_set_up(request, user)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        problem = wait_first(app)
        if problem is None and accepts(app, form.cleaned_data["code"]):
            return _confirmed(site, request, app, half)
        form.add_error("code", problem or WRONG_CODE)
    context = {
        **site.each_context(request),
        "title": _("Set up the second factor"),
        "form": form,
        "secret": app.unseal("sealed_secret"),
        "picture": drawn(app_address(app)),
        "person": user,
    }
    return TemplateResponse(request, "admin/second_factor_set_up.html", context)


def show_codes(
    site: "AdminSite", request: HttpRequest, codes: list[str], *, next_url: str
) -> HttpResponse:
    """Show recovery codes, this once: they are in this answer and nowhere else."""
    context = {
        **site.each_context(request),
        "title": _("Recovery codes"),
        "codes": codes,
        "next_url": next_url,
    }
    return TemplateResponse(request, "admin/recovery_codes.html", context)


def _no_set_up(request: HttpRequest, half: Half | None, row: SignIn | None) -> HttpResponse | None:
    """Return where to go instead, or None: no app is replaced without a code of it."""
    if row is not None:
        return proof_first(request)
    if half is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if authenticator_of(half.user) is not None:
        return HttpResponseRedirect(reverse("admin:second-factor"))
    return None


def _confirmed(
    site: "AdminSite", request: HttpRequest, app: Authenticator, half: Half | None
) -> HttpResponse:
    """Make the app count; its person's other sessions end."""
    try:
        codes = confirm(app)
    except Authenticator.DoesNotExist:
        return HttpResponseRedirect(reverse("admin:login"))
    forget_set_up(request)
    row = current_sign_in(request)
    end_sign_ins(app.user_id, SignIn.End.FACTOR, but=row)
    next_url = reverse("admin:my-security")
    if row is None and half is not None:
        next_url = half.next_url
        finish_half(request, half)
    note_change(request, app.user, action=Action.ACT, detail=_("Set up the second factor."))
    return show_codes(site, request, codes, next_url=next_url)


def _enter(request: HttpRequest, half: Half, app: Authenticator) -> HttpResponse:
    finish_half(request, half)
    left = codes_left(app)
    if left < FEW_CODES:
        text = _("You have %(count)s recovery codes left. Make new ones under My security.")
        messages.warning(request, text % {"count": left})
    return HttpResponseRedirect(half.next_url)
