"""Issuing what an application signs with and verifies by. A secret is shown exactly once.

It is in the answer to the POST that issued it and nowhere else: no redirect carries it, no session
keeps it. Sending that POST again would issue another one, so each form says what its reader saw
(``seen``) and counts only while that is still so.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from merchants.doors import open_door, rotate_key
from merchants.keys import issue_key, issue_webhook_secret
from merchants.models import Application, AuditEvent, EasyPayDoor
from paycenter.kernel.errors import Problem
from paycenter.operators.audit.audited import AuditedAdmin
from paycenter.operators.columns import Text
from paycenter.operators.confirm import Question, ask, page_context, refused
from paycenter.operators.onboarding.hand_over import HandOverSheet, hand_over_sheet


@dataclass(frozen=True, slots=True)
class Issued:
    """A new secret, with the public id that belongs to it or blank."""

    secret: str
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Secret:
    """One kind of secret: how to ask for it, how to issue it, what to do with it.

    One that comes with a ``sheet`` is shown together with what its developers need besides.
    """

    question: Question
    issue: Callable[[Application], Issued]
    advice: Text
    sheet: Callable[[Application, Issued], HandOverSheet] | None = None


def _new_key(application: Application) -> Issued:
    key, secret = issue_key(application)
    return Issued(secret, key.key_id)


def _sheet(application: Application, issued: Issued) -> HandOverSheet:
    return hand_over_sheet(application, key_id=issued.key_id, secret=issued.secret)


def _new_webhook_secret(application: Application) -> Issued:
    return Issued(issue_webhook_secret(application))


def _new_door_key(application: Application) -> Issued:
    door = EasyPayDoor.objects.filter(application=application).first()
    if door is not None:
        return Issued(rotate_key(door), str(door.pid))
    door, key = open_door(application)
    return Issued(key, str(door.pid))


ACCESS_KEY = Secret(
    Question(
        title=_("Issue an access key"),
        text=_("The application signs its requests with it. Two keys may be active at a time."),
        button=_("Issue a key"),
    ),
    _new_key,
    _("Give both to the application's developers over a safe way."),
    _sheet,
)
WEBHOOK_SECRET = Secret(
    Question(
        title=_("Issue a notification secret"),
        text=_(
            "The application verifies notifications with it. The former secret goes on signing "
            "beside it until it is retired; one before that stops at once."
        ),
        button=_("Issue a secret"),
    ),
    _new_webhook_secret,
    _("Retire the former secret once the application verifies with this one."),
)
EASYPAY_KEY = Secret(
    Question(
        title=_("Issue an EasyPay key"),
        text=_(
            "Opens a door for an application that speaks the EasyPay protocol, or gives its door "
            "another key. The former key stops at once."
        ),
        button=_("Issue a key"),
    ),
    _new_door_key,
    _("The key id is the merchant number (pid). Choose the accounts on the page of the door."),
)


def issue(
    admin: AuditedAdmin, request: HttpRequest, application: Application, kind: Secret
) -> HttpResponse:
    """Ask first; then issue a secret and show it this once."""
    if request.method != "POST":
        return ask(admin, request, application, replace(kind.question, seen=_state(application)))
    try:
        issued = _issue_if_unchanged(application, kind, request.POST.get("seen", ""))
    except Problem:
        return refused(request, application, _("Both keys are active. Revoke one first."))
    if issued is None:
        return refused(
            request, application, _("It was changed meanwhile. Look at it and ask again.")
        )
    admin.log_change(request, application, kind.question.title, action=AuditEvent.Action.SHOW)
    context = page_context(admin, request, application, kind.question.title)
    sheet = kind.sheet(application, issued) if kind.sheet else None
    context |= {"issued": issued, "advice": kind.advice, "sheet": sheet}
    return TemplateResponse(request, "admin/secret_once.html", context)


@transaction.atomic
def _issue_if_unchanged(application: Application, kind: Secret, seen: str) -> Issued | None:
    locked = Application.objects.select_for_update().get(pk=application.pk)
    return kind.issue(locked) if seen == _state(locked) else None


def _state(application: Application) -> str:
    """Name the application's present secrets without saying anything of them."""
    newest = application.keys.order_by("-id").values_list("key_id", flat=True).first()
    door = EasyPayDoor.objects.filter(application=application).values_list("sealed_key", flat=True)
    text = f"{newest}:{application.sealed_webhook_secret}:{door.first()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
