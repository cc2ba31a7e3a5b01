"""Two groups of companies to which everything happened, and people with roles at the first."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from merchants.doors import open_door
from merchants.models import Membership, Role
from tests.admin.bill_rows import make_bill
from tests.admin.books import make_books
from tests.admin.rows import (
    Company,
    make_checkout,
    make_company,
    make_duplicate,
    make_proposal,
    make_story,
)
from tests.admin.split_rows import divide, rule_for
from transactions.models import DoorOrder, Order

CANARY = "别家秘密"
"""Stands in every name of the other group's."""

SCOPED_ROLES = [Role.FINANCE, Role.OPERATOR, Role.CASHIER, Role.AUDITOR]

SignIn = Callable[..., Client]


@pytest.fixture
def own(db: None) -> Company:
    """The company the people under test work for."""
    return _company_with_everything("")


@pytest.fixture
def foreign(db: None) -> Company:
    """A company of another group, with as much to see; every name holds the canary."""
    return _company_with_everything(CANARY)


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Return the browser of somebody with one role in one scope."""

    def signed_in(role: Role, **scope: Model) -> Client:
        user = User.objects.create(username=f"{role}-{len(User.objects.all())}", is_staff=True)
        Membership.objects.create(user=user, role=role, **scope)
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


def _company_with_everything(mark: str) -> Company:
    company = make_company()
    for row in (company.merchant, company.merchant.group, company.project, company.account):
        row.name = f"{row.name}{mark}"
        row.save(update_fields=["name"])
    company.application.name = f"收费{mark}"
    company.application.save(update_fields=["name"])
    make_checkout(company)
    order = make_story(company)
    make_duplicate(order)
    _door_order(order)
    divide(order)
    make_books(order)
    make_bill(order)
    rule_for(order)
    make_proposal(order)
    Order.objects.filter(pk=order.pk).update(subject=f"物业费{mark}")
    return company


def _door_order(order: Order) -> None:
    door, _ = open_door(order.application)
    DoorOrder.objects.create(
        order=order,
        door=door,
        trade_no=f"{order.pk:019d}",
        out_trade_no=order.order_no,
        version=DoorOrder.Version.V1,
        notify_url="https://app.test/paid",
        created_at=order.created_at,
    )
