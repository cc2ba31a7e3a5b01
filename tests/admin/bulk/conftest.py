"""Several notifications that were given up, in an English browser."""

import pytest
from django.test import Client

from notifications.models import Delivery
from paycenter.kernel.clock import now
from tests.admin.rows import Company, make_story


@pytest.fixture(autouse=True)
def _english(browser: Client) -> None:
    browser.cookies["django_language"] = "en"


@pytest.fixture
def dead(company: Company) -> list[Delivery]:
    """Three notifications that were given up, the oldest first."""
    make_story(company, attempts=1)
    return make_dead(3)


def make_dead(count: int) -> list[Delivery]:
    """Return so many new notifications, all given up; nothing else waits or is given up."""
    event = Delivery.objects.select_related("event").earliest("pk")
    Delivery.objects.update(state="delivered", due_at=None, delivered_at=now())
    return Delivery.objects.bulk_create(
        Delivery(
            event=event.event,
            application=event.application,
            merchant=event.merchant,
            url=f"https://app.test/{number}/{count}",
            state="dead",
        )
        for number in range(count)
    )
