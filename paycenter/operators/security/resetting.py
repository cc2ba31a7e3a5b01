"""Taking away somebody's second factor, for who has lost the phone and the recovery codes."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from notifications.alerts import raise_alert
from notifications.models import Alert
from paycenter.kernel.configuration import gettext_noop
from paycenter.operators import columns
from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.confirm import done, row_or_404
from paycenter.operators.form_page import form_page
from paycenter.operators.security.models import Authenticator, SignIn
from paycenter.operators.security.proof import needs_proof
from paycenter.operators.security.sign_ins import end_sign_ins
from paycenter.operators.theme import TextInputWidget, action

RESET = _("Reset the second factor")


class ReasonForm(forms.Form):
    """Why it is taken away."""

    reason = forms.CharField(
        label=_("reason"),
        max_length=200,
        widget=TextInputWidget(),
        help_text=_("How you know that it is really this person who asks. Kept with your name."),
    )


class FactorReset(AuditedAdmin):
    """The button on a person's page. What is taken away cannot be read by anybody."""

    actions_detail = ("reset_factor",)

    def has_reset_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Platform operators, for others who have one; a superuser's only superusers."""
        if not request.user.has_perm("security.reset_authenticator"):
            return False
        person = self.get_object(request, str(object_id))
        if person is None:
            return True
        return (
            person.pk != request.user.pk
            and (request.user.is_superuser or not person.is_superuser)
            and Authenticator.objects.filter(user=person, confirmed=True).exists()
        )

    @action(description=RESET, icon="phonelink_erase", permissions=["reset"])
    @needs_proof
    def reset_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the app and the recovery codes away: the person sets up new ones at next sign-in."""
        person: User = row_or_404(self, request, object_id)
        form = ReasonForm(request.POST or None)
        if not form.is_valid():
            return form_page(
                self,
                request,
                form,
                title=RESET,
                button=RESET,
                back_url=columns.page_of(person),
                about=person.get_username(),
                explanation=_(
                    "All sessions of this person end. After the password they set up a new app: "
                    "until then whoever knows the password can."
                ),
            )
        reason = form.cleaned_data["reason"]
        reset_factor(person, by=request.user.get_username())
        self.log_change(request, person, RESET, reason=reason)
        return done(request, person, _("It is reset. They set up a new app at the next sign-in."))


@transaction.atomic
def reset_factor(person: User, *, by: str) -> None:
    """Delete a person's app and codes, end their sessions, and have others hear of it."""
    Authenticator.objects.filter(user=person).delete()
    end_sign_ins(person.pk, SignIn.End.FACTOR)
    raise_alert(
        "second_factor_reset",
        gettext_noop("%(by)s reset the second factor of %(account)s."),
        severity=Alert.Severity.WARNING,
        by=by,
        account=person.get_username(),
    )
