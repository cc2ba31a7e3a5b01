"""What a person sees and does about their own security."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.audit.recording import Action
from paycenter.operators.audit.deeds import note_change
from paycenter.operators.security.entering import show_codes
from paycenter.operators.security.models import SignIn
from paycenter.operators.security.proof import proof_first
from paycenter.operators.security.second_factor import (
    authenticator_of,
    codes_left,
    new_recovery_codes,
)
from paycenter.operators.security.sign_ins import (
    close,
    current_sign_in,
    end_sign_ins,
    open_sign_ins,
)

if TYPE_CHECKING:
    from paycenter.operators.security.theme import AdminSite


def my_security(site: "AdminSite", request: HttpRequest) -> HttpResponse:
    """Show the second factor and the open sessions; end sessions."""
    row = current_sign_in(request)
    if row is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if request.method == "POST":
        return _end(request, row)
    app = authenticator_of(row.user)
    context = {
        **site.each_context(request),
        "title": _("My security"),
        "app": app,
        "codes_left": codes_left(app) if app is not None else 0,
        "current": row,
        "sign_ins": open_sign_ins(row.user_id),
    }
    return TemplateResponse(request, "admin/my_security.html", context)


def new_codes(site: "AdminSite", request: HttpRequest) -> HttpResponse:
    """Make new recovery codes, after a question, and show them once."""
    row = current_sign_in(request)
    app = authenticator_of(row.user) if row is not None else None
    if row is None or app is None:
        return HttpResponseRedirect(reverse("admin:second-factor-set-up"))
    asked = proof_first(request)
    if asked is not None:
        return asked
    if request.method == "POST":
        codes = new_recovery_codes(app)
        note_change(request, row.user, action=Action.ACT, detail=_("Made new recovery codes."))
        return show_codes(site, request, codes, next_url=reverse("admin:my-security"))
    context = {
        **site.each_context(request),
        "title": _("New recovery codes"),
        "codes_left": codes_left(app),
    }
    return TemplateResponse(request, "admin/new_recovery_codes.html", context)


def _end(request: HttpRequest, current: SignIn) -> HttpResponse:
    """End one other session of the person's, or all others."""
    chosen = request.POST.get("end", "")
    if chosen == "others":
        end_sign_ins(current.user_id, SignIn.End.PERSON, but=current)
    elif chosen.isdecimal():
        own = SignIn.objects.filter(user=current.user_id).exclude(pk=current.pk)
        for row in own.filter(pk=chosen):
            close(row, SignIn.End.PERSON)
    messages.success(request, _("Ended."))
    return HttpResponseRedirect(reverse("admin:my-security"))
