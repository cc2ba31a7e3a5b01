"""What an attack must not change, and what it must leave behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse

from merchants.models import SecurityRecord
from notifications.models import Delivery, Event
from tests.support.signing import Answer
from transactions.models import (
    Move,
    Order,
    OrderLine,
    Payment,
    Refund,
    Split,
    SplitRelease,
    SplitReturn,
    SplitShare,
)

OF_SPLITS = (Split, SplitShare, SplitReturn, SplitRelease)
MONEY_FACTS = (Order, OrderLine, Payment, Refund, *OF_SPLITS, Move, Event, Delivery)
REFUSAL = b'{"code":"FAIL","message":"the callback was not accepted"}'
"""One text for whatever is wrong: an attacker learns nothing from it."""


def money_facts() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row that says something about money or tells of it."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values_list())
        for model in MONEY_FACTS
    }


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail when a row of money changes, comes or goes inside the block."""
    before = money_facts()
    yield
    assert money_facts() == before


@contextmanager
def security_record(door: str, count: int = 1) -> Iterator[None]:
    """Fail unless the block leaves so many security records at this door."""
    before = set(SecurityRecord.objects.values_list("pk", flat=True))
    yield
    left = SecurityRecord.objects.exclude(pk__in=before)
    assert [record.door for record in left] == [door] * count


@contextmanager
def refused_callback() -> Iterator[list[HttpResponse]]:
    """Fail unless the callback put into the list was refused, recorded, and changed nothing."""
    answers: list[HttpResponse] = []
    with nothing_changes(), security_record("callback"):
        yield answers
    (answer,) = answers
    assert (answer.status_code, answer.content) == (401, REFUSAL)


@contextmanager
def refused_request(status: int, *codes: str) -> Iterator[list[Answer]]:
    """Fail unless the answer put into the list has this status and code, and nothing changed.

    What is refused at the door (401, 403) must also leave a security record.
    """
    answers: list[Answer] = []
    with nothing_changes(), security_record("api", count=int(status in {401, 403})):
        yield answers
    (answer,) = answers
    assert answer.status == status, answer.body
    assert answer.code in codes
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer["request_id"] == answer.headers["X-Request-Id"]
