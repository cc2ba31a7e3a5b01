"""Test vocabulary: a person with a browser at the door of the operators' site."""

import base64
import re
import secrets
import time
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from paycenter.operators.security.models import Authenticator
from paycenter.operators.security.otp import TOTP
from paycenter.operators.security.second_factor import confirm, new_authenticator

PASSWORD = "a walk along the canal 7"
WRONG = "not the password"
INSIDE = "admin:index"


def make_person(name: str = "clerk", *, is_superuser: bool = False) -> User:
    """Return an operator with a password."""
    person = User(username=name, is_staff=True, is_superuser=is_superuser)
    person.set_password(PASSWORD)
    person.save()
    return person


def give_app(person: User) -> tuple[Authenticator, list[str]]:
    """Set up an app for somebody; returns it and the recovery codes."""
    app = new_authenticator(person)
    codes = confirm(app)
    return Authenticator.objects.get(pk=app.pk), codes


def code_of(app: Authenticator, *, later: int = 0) -> str:
    """Return what the app shows now, or so many seconds later."""
    totp = TOTP(base64.b32decode(Authenticator.objects.get(pk=app.pk).unseal("sealed_secret")))
    totp.time = time.time() + later
    return f"{totp.token():06d}"


def wrong_code(app: Authenticator) -> str:
    """Return a code that the app does not show about now."""
    near = {code_of(app, later=later) for later in (-60, -30, 0, 30, 60)}
    return next(text for text in ("000000", "111111", "222222", "333333") if text not in near)


def _new_address() -> str:
    """Return an address of no other visitor's: Redis counts for all processes of the tests."""
    return ".".join(str(part) for part in (10, *secrets.token_bytes(3)))


class Visitor:
    """A browser with an address of its own."""

    def __init__(self, address: str = "", **headers: str) -> None:
        self.client = Client(REMOTE_ADDR=address or _new_address(), **headers)  # type: ignore[arg-type]
        self.client.cookies["django_language"] = "en"

    def give_password(
        self, password: str = PASSWORD, *, name: str = "clerk", next_url: str = ""
    ) -> Any:
        """Send the first form."""
        url = reverse("admin:login") + (f"?next={next_url}" if next_url else "")
        return self.client.post(url, {"username": name, "password": password})

    def give_code(self, code: str) -> Any:
        """Send the second form."""
        return self.client.post(reverse("admin:second-factor"), {"code": code})

    def enter(self, app: Authenticator, **person: str) -> "Visitor":
        """Sign in with everything."""
        self.give_password(**person)
        self.give_code(code_of(app))
        assert self.is_inside()
        return self

    def is_inside(self) -> bool:
        """Whether the first page opens."""
        return bool(self.client.get(reverse(INSIDE)).status_code == 200)

    def read(self, name: str) -> str:
        """Return a page's text."""
        answer = self.client.get(reverse(name))
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()


def codes_on(page: str) -> list[str]:
    """Return the recovery codes a page shows."""
    return re.findall(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b", page)
