"""What a person can do: send again, one or many, at any time."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from merchants.models import Application, Merchant
from notifications.models import Delivery, Endpoint
from notifications.services.claim import claim
from notifications.services.resend import resend, switch_on
from notifications.sweeps import take_due
from paycenter.kernel.clock import now
from tests.notifications.receiver import Receiver
from tests.notifications.stories import attempt, lined_up
from tests.support.parties import make_application


@pytest.mark.parametrize("path", ["/taken", "/gone", "/error"])
def test_whatever_became_of_it_it_is_sent_again(
    application: Application, merchant: Merchant, receiver: Receiver, path: str
) -> None:
    delivery = attempt(lined_up(application, merchant, receiver.url(path)))
    assert resend([delivery]) == 1
    assert take_due() == [(delivery.pk, 2)]
    attempt(delivery)
    assert [request.path for request in receiver.received] == [path, path]
    assert [one.number for one in delivery.tries.all()] == [1, 2]


def test_dead_one_gets_all_its_retries_again(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    delivery = lined_up(application, merchant, receiver.url("/error"))
    for _ in range(18):
        attempt(delivery)
    assert delivery.state == "dead"
    resend([delivery])
    attempt(delivery)
    assert (delivery.state, delivery.ladder_step, delivery.attempts) == ("pending", 1, 19)


def test_cancelled_one_is_sent_because_its_address_is_switched_on(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    url = receiver.url("/taken")
    endpoint = Endpoint.objects.create(application=application, url=url, disabled_at=now())
    delivery = attempt(lined_up(application, merchant, url))
    assert delivery.state == "cancelled"
    resend([delivery])
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None
    assert attempt(delivery).state == "delivered"


def test_addresses_of_others_stay_off(application: Application, merchant: Merchant) -> None:
    other = make_application()
    delivery = lined_up(application, merchant, "https://app.example.com/a")
    Endpoint.objects.create(application=other, url=delivery.url, disabled_at=now())
    Endpoint.objects.create(
        application=application, url="https://app.example.com/b", disabled_at=now()
    )
    resend([delivery])
    assert Endpoint.objects.filter(disabled_at=None).count() == 0


def test_one_that_is_being_sent_is_left_alone(application: Application, merchant: Merchant) -> None:
    claimed = claim(lined_up(application, merchant, "https://app.example.com/").pk, 1)
    assert claimed is not None
    assert resend([claimed]) == 0
    Delivery.objects.update(leased_until=now() - timedelta(seconds=1))
    assert resend([claimed]) == 1


def test_many_cost_no_more_than_one(
    application: Application,
    merchant: Merchant,
    receiver: Receiver,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    many = [attempt(lined_up(application, merchant, receiver.url("/taken"))) for _ in range(5)]
    with django_assert_num_queries(2 + 2):
        assert resend(many) == 5


def test_switching_an_address_on_sends_what_comes_from_now_on(
    application: Application, merchant: Merchant, receiver: Receiver
) -> None:
    url = receiver.url("/taken")
    endpoint = Endpoint.objects.create(application=application, url=url, disabled_at=now())
    switch_on(endpoint)
    assert attempt(lined_up(application, merchant, url)).state == "delivered"
