"""Between the password and the code: a person who has given the one and not yet the other.

Until both are given nobody is signed in: the session holds only who it may become, for ten minutes
and one password.
"""

import time
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from paycenter.operators.security.models import Authenticator, SignIn
from paycenter.operators.security.second_factor import new_authenticator
from paycenter.operators.security.sign_ins import sign_in

_KEY = "half_signed_in"
_APP = "app_to_set_up"
SECONDS = 600


@dataclass(frozen=True)
class Half:
    """Who gave the password, and where they wanted to go."""

    user: User
    backend: str
    next_url: str


def begin_half(request: HttpRequest, user: User, *, backend: str, next_url: str) -> None:
    """Note that the password was right. The session starts anew: nobody may have planted it."""
    request.session.flush()
    request.session[_KEY] = {
        "user": user.pk,
        "backend": backend,
        "next": next_url,
        "at": time.time(),
        "password": user.get_session_auth_hash(),
    }


def half_of(request: HttpRequest) -> Half | None:
    """Return who is half signed in, or None; a password changed meanwhile has to be given again."""
    noted = request.session.get(_KEY)
    if not noted or time.time() - noted["at"] > SECONDS:
        return None
    user = User.objects.filter(pk=noted["user"], is_active=True).first()
    if user is None or not constant_time_compare(noted["password"], user.get_session_auth_hash()):
        return None
    return Half(user, noted["backend"], noted["next"])


def finish_half(request: HttpRequest, half: Half) -> SignIn:
    """Sign the person in: both were given."""
    del request.session[_KEY]
    return sign_in(request, half.user, backend=half.backend, second_factor=True)


def app_to_set_up(request: HttpRequest, user: User) -> Authenticator:
    """Return the app that this session is setting up, new for each session."""
    chosen = request.session.get(_APP, 0)
    app = Authenticator.objects.filter(pk=chosen, user=user, confirmed=False).first()
    if app is None:
        app = new_authenticator(user)
        request.session[_APP] = app.pk
    return app


def forget_set_up(request: HttpRequest) -> None:
    """The app that this session was setting up is set up."""
    request.session.pop(_APP, None)
