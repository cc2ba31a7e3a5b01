"""Who signed in, failed to, and signed out: Django tells, whatever page it happened on."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from merchants.audit.recording import Action, Deed, Subject, Who, record, subject_of
from merchants.audit.secrets import MASK
from paycenter.kernel.addresses import client_address


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Write down that somebody signed in."""
    _note(Action.SIGN_IN, user, request)


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Write down that somebody signed out; nobody does so with a session that ended before."""
    if user is not None:
        _note(Action.SIGN_OUT, user, request)


@receiver(user_login_failed)
def note_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Write down that somebody could not sign in, and as whom they wanted to.

    A name that is nobody's is not kept: people type their password in the wrong field.
    """
    typed = str(credentials.get("username") or "")
    user = User.objects.filter(username=typed.replace("\x00", "")).first()
    subject = Subject(text=MASK) if user is None else subject_of(user)
    record(Deed(action=Action.SIGN_IN_FAILED), subject, Who(address=_address(request)))


def _note(action: Action, user: User, request: HttpRequest | None) -> None:
    who = Who(user.pk, user.get_username(), _address(request))
    record(Deed(action=action), subject_of(user), who)


def _address(request: HttpRequest | None) -> str:
    return "" if request is None else client_address(request)
