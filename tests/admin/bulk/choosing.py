"""Test vocabulary: rows are ticked, an action is chosen, its page is read and confirmed."""

from typing import Any

from django.db.models import Model
from django.test import Client

from paycenter.operators.bulk.models import BulkItem, BulkRun
from tests.admin.pages import address, read


def chosen(browser: Client, model: type[Model], deed: str, *rows: Any, **form: Any) -> str:
    """Tick rows, choose an action and return the address of its page."""
    ticked = {"action": deed, "_selected_action": [row.pk for row in rows], **form}
    answer = browser.post(address(model, "changelist"), ticked)
    run = BulkRun.objects.latest("pk")
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == address(BulkRun, "change", run.pk)
    return str(answer["Location"])


def confirmed(browser: Client, url: str, **form: Any) -> BulkRun:
    """Say yes on the page of an action; returns its run."""
    read(browser, url)
    answer = browser.post(url, form)
    assert answer.status_code == 302, answer.content.decode()
    return BulkRun.objects.latest("pk")


def became(run: BulkRun) -> list[tuple[str, str]]:
    """Return the result of each row, in the order of the rows."""
    return list(BulkItem.objects.filter(run=run).order_by("row_id").values_list("state", "text"))
