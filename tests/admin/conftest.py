"""An operator at work: a company, an order to which everything happened, a signed-in browser."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from tests.admin.rows import Company, make_checkout, make_company, make_story
from transactions.models import Order


@pytest.fixture(autouse=True)
def _in_chinese() -> None:
    """Begin in the language of the site, whichever the last request of another test was in."""
    translation.activate("zh-hans")


@pytest.fixture
def operator(db: None) -> User:
    """A superuser. Nobody signs in with a password here: hashing one takes half a second."""
    return User.objects.create(username="operator", is_staff=True, is_superuser=True)


@pytest.fixture
def browser(operator: User) -> Client:
    """The operator's browser, signed in."""
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def company(db: None) -> Company:
    """A property company with a sandbox account and an application."""
    return make_company()


@pytest.fixture
def order(company: Company) -> Order:
    """An order with everything that can happen to one, and an earlier one somebody is to pay."""
    make_checkout(company)
    return make_story(company)
