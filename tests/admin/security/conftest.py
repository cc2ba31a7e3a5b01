"""An operator with a password, who may do everything, and the app on their phone."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from paycenter.operators.security.models import Authenticator
from tests.admin.security.door import Visitor, give_app, make_person


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """Hash quickly: a real hash takes half a second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def clerk(db: None) -> User:
    """A superuser without an app."""
    return make_person(is_superuser=True)


@pytest.fixture
def app(clerk: User) -> Authenticator:
    """The clerk's app."""
    return give_app(clerk)[0]


@pytest.fixture
def visitor(clerk: User) -> Visitor:
    """A browser at the door."""
    return Visitor()
