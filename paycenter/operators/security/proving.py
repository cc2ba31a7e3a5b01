"""The page that asks again who somebody is (see ``proof``)."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from paycenter.operators.security.forms import WRONG_PROOF, ProofForm, wait_first
from paycenter.operators.security.locks import count_failure, forget_failures, locked_out
from paycenter.operators.security.models import Authenticator, SignIn
from paycenter.operators.security.proof import note_proof
from paycenter.operators.security.second_factor import accepts, authenticator_of
from paycenter.operators.security.sign_ins import current_sign_in

if TYPE_CHECKING:
    from paycenter.operators.security.theme import AdminSite


def prove(site: "AdminSite", request: HttpRequest) -> HttpResponse:
    """Take password and code, then go on to where the person wanted to go."""
    row = current_sign_in(request)
    if row is None:
        return HttpResponseRedirect(reverse("admin:login"))
    app = authenticator_of(row.user) if settings.SECOND_FACTOR == "required" else None
    form = ProofForm(request.POST or None, with_code=app is not None)
    if form.is_valid():
        locked = locked_out(request, row.user)
        if locked is not None:
            return locked
        problem = wait_first(app) if app is not None else None
        if problem is None and _is_proved(request, row, app, form):
            note_proof(row)
            forget_failures(request, row.user)
            return HttpResponseRedirect(_wanted(request))
        form.add_error(None, problem or WRONG_PROOF)
    context = {
        **site.each_context(request),
        "title": _("Prove that it is you"),
        "form": form,
        "minutes": settings.PROOF_SECONDS // 60,
    }
    return TemplateResponse(request, "admin/prove.html", context)


def _is_proved(
    request: HttpRequest, row: SignIn, app: Authenticator | None, form: ProofForm
) -> bool:
    """Judge the password, and only with it the code: a code counts once."""
    given = form.cleaned_data
    found = authenticate(request, username=row.user.get_username(), password=given["password"])
    if found is None or found.pk != row.user_id:
        return False
    if app is None or accepts(app, given["code"]):
        return True
    count_failure(request, row.user)
    return False


def _wanted(request: HttpRequest) -> str:
    """Return where the person wanted to go: an address of this site."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")
