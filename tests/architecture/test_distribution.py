"""Tables that grow can be distributed by company (docs/scaling.md), as far as that page says.

On distributed tables a unique key must contain the distribution column. Each key is of one of four
kinds: it does; it is a number nobody can make twice; it begins with a row that belongs to one
company, so the company may be put before it and nothing changes; or it is of an application, over
all companies, and stands in the list below and on that page.
"""

import pytest
from django.db import models

from tests.deploy.files import ROOT
from tests.support.growing import growing_models

RANDOM = {
    *("serial_no", "refund_serial_no", "split_serial_no", "return_serial_no"),
    *("release_serial_no", "event_id", "token_hash", "trade_no"),
}
OF_ONE_COMPANY = {
    *("order", "payment", "split", "channel_merchant", "payment_account", "channel_bill"),
    *("event", "delivery", "repeat_of", "reverses", "door"),
}
OVER_COMPANIES = {
    "notifications.Event": ("application", "position"),
    "transactions.Refund": ("application", "refund_no"),
    "transactions.Split": ("application", "split_no"),
    "transactions.SplitReturn": ("application", "return_no"),
    "merchants.AuditEvent": ("number",),
}
WITHOUT_COMPANY = {"transactions.DoorOrder"}

GROWING = pytest.mark.parametrize("model", growing_models(), ids=lambda model: model.__name__)


def _keys(model: type[models.Model]) -> list[tuple[str, ...]]:
    several = [
        tuple(each.fields)
        for each in model._meta.constraints
        if isinstance(each, models.UniqueConstraint)
    ]
    fields = model._meta.concrete_fields
    return several + [(each.name,) for each in fields if each.unique and not each.primary_key]


@GROWING
def test_a_growing_table_carries_its_company(model: type[models.Model]) -> None:
    names = {field.name for field in model._meta.concrete_fields}
    assert ("merchant" in names) != (model._meta.label in WITHOUT_COMPANY)


@GROWING
def test_every_key_can_be_kept_on_a_distributed_table(model: type[models.Model]) -> None:
    across = OVER_COMPANIES.get(model._meta.label)
    undecided = [
        key
        for key in _keys(model)
        if "merchant" not in key
        and key[0] not in OF_ONE_COMPANY
        and not (len(key) == 1 and key[0] in RANDOM)
        and key != across
    ]
    assert undecided == []


def test_the_page_names_what_does_not_hold() -> None:
    page = (ROOT / "docs/scaling.md").read_text()
    for label, key in OVER_COMPANIES.items():
        assert f"| `{label}` | `{', '.join(key)}` |" in page
    for label in WITHOUT_COMPANY:
        assert f"`{label}`" in page
