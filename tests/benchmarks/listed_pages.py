"""Asks for every list and dashboard as a browser does, and looks at each statement's plan."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, QueryDict
from django.test import Client, RequestFactory
from django.test.utils import setup_test_environment
from django.urls import reverse

from merchants.models import PaymentAccount
from paycenter.kernel.clock import now
from paycenter.operators.base import RecordAdmin
from paycenter.operators.security.sign_ins import open_sign_in
from paycenter.operators.theme import (
    AutocompleteSelectFilter,
    ChoicesCheckboxFilter,
    RadioFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
)
from tests.benchmarks.listed_rows import Year, somebody
from transactions.models import Refund
from transactions.tallies.counting import count_due_hours

LONG = 0.2
TIMES = 3
"""What takes longer than so many seconds at first is asked for so many times again."""

MANY_ROWS = 20_000
"""A table with fewer rows than this does not grow with the payments: reading all of it is fine."""

TELL_EVERY = 50
DEEP = 100
"""Nobody turns so many pages by hand."""


@dataclass
class Page:
    """An address, and what it took."""

    label: str
    url: str
    seconds: float = 0.0
    statements: int = 0
    scans: list[str] = field(default_factory=list)


def measure() -> None:
    """Count the hours, open every page and print what that took as JSON."""
    begun = time.perf_counter()
    rounds = 0
    while count_due_hours() or rounds < 2:
        rounds += 1
    counted = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE transactions_hourtally")
    setup_test_environment()
    operator = User.objects.create_superuser("bench")
    browser = Client()
    _sign_in(browser, operator)
    big = _big_tables()
    pages = list(_pages(somebody(), operator))
    for number, page in enumerate(pages, start=1):
        _open(browser, page, big)
        if number % TELL_EVERY == 0:
            sys.stderr.write(f"{number} of {len(pages)} pages\n")
    answer = {"counted": counted, "rounds": rounds, "pages": [vars(page) for page in pages]}
    sys.stdout.write(json.dumps(answer))


def _sign_in(browser: Client, operator: User) -> None:
    """Sign in by force, as if password and code had been given just now."""
    browser.force_login(operator)
    request = HttpRequest()
    request.session = browser.session
    open_sign_in(request, operator, second_factor=True)
    request.session.save()


def _open(browser: Client, page: Page, big: set[str]) -> None:
    plans = Plans(big)
    with connection.execute_wrapper(plans):
        taken = [_timed(browser, page.url) - plans.seconds]
    page.statements, page.scans = plans.count, sorted(plans.scans)
    if taken[0] > LONG:
        taken = [_timed(browser, page.url) for _ in range(TIMES)]
    page.seconds = median(taken)


def _timed(browser: Client, url: str) -> float:
    begun = time.perf_counter()
    answer = browser.get(url, follow=True)
    taken = time.perf_counter() - begun
    assert answer.status_code == 200, (url, answer.status_code)
    assert not any("/login/" in to for to, _ in answer.redirect_chain), url
    return taken


def _pages(year: Year, operator: User) -> Iterator[Page]:
    yield from _dashboards(year)
    request = RequestFactory().get("/")
    request.user = operator
    for model, pages in sorted(admin.site._registry.items(), key=lambda m: m[0]._meta.label):
        if not isinstance(pages, RecordAdmin):
            continue
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        name = model._meta.label
        yield Page(name, url)
        yield Page(f"{name}, page {DEEP}", f"{url}?p={DEEP}")
        for query in queries_of(pages, request, year):
            yield Page(f"{name} {query}", f"{url}?{query}")
        if pages.search_fields:
            for kind, number in _numbers():
                yield Page(f"{name}, by {kind}", f"{url}?q={number}")


def _dashboards(year: Year) -> Iterator[Page]:
    url = reverse("admin:index")
    past = (now() - timedelta(days=100)).date().isoformat()
    queries = {
        "everything": "",
        "a past day": f"day={past}",
        "a group": f"group={year.group.pk}",
        "a company": f"company={year.company.pk}",
        "a project": f"company={year.company.pk}&project={year.project.pk}",
    }
    for label, query in queries.items():
        yield Page(f"dashboard, {label}", f"{url}?{query}")


def _numbers() -> Iterator[tuple[str, str]]:
    refund = Refund.objects.select_related("payment__order").order_by("-pk")[200]
    yield "order number", refund.payment.order.order_no
    yield "serial number", refund.payment.serial_no
    yield "channel serial number", str(refund.payment.channel_serial_no)
    yield "refund number", str(refund.refund_no)
    yield "refund serial number", refund.refund_serial_no
    yield "no number", "FEE-THAT-IS-NOT-THERE"


def queries_of(pages: Any, request: Any, year: Year) -> Iterator[str]:
    """Yield one query for each choice of each filter, and each beside a company."""
    company = ""
    singles: list[str] = []
    for each in pages.get_list_filter(request):
        kind = each[1] if isinstance(each, tuple) else each
        name = each[0] if isinstance(each, tuple) else ""
        if name in {"merchant"}:
            company = f"merchant__id__exact={year.company.pk}"
            continue
        singles += _choices(pages, kind, name, year)
    if company:
        yield company
        yield f"{company}&p={DEEP // 5}"
        yield f"merchant__id__exact={year.dormant.pk}"
    for query in singles:
        yield query
        if company:
            yield f"{company}&{query}"


def _choices(pages: Any, kind: Any, name: str, year: Year) -> list[str]:
    if isinstance(kind, str):
        return [f"{kind}__exact=1", f"{kind}__exact=0"]
    if issubclass(kind, RangeDateTimeFilter):
        return [_span(name, days, with_time=True) for days in ((1, 0), (200, 199), (230, 200))]
    if issubclass(kind, RangeDateFilter):
        return [_span(name, days, with_time=False) for days in ((1, 0), (200, 199), (230, 200))]
    if issubclass(kind, AutocompleteSelectFilter):
        related = year.company if name == "merchant" else None
        target = pages.model
        for part in name.split("__"):
            target = target._meta.get_field(part).related_model
        row = related or target._default_manager.order_by("pk").first()
        if target is PaymentAccount:
            rows = PaymentAccount.objects.filter(channel_merchant__merchant=year.company)
            row = rows.order_by("pk").first()
        return [f"{name}__id__exact={row.pk}"] if row else []
    if issubclass(kind, ChoicesCheckboxFilter):
        return [f"{name}__exact={code}" for code in _codes(pages.model, name)]
    if issubclass(kind, RadioFilter):
        choices = kind.lookups(None, None, pages) or []
        return [f"{kind.parameter_name}={code}" for code, _ in choices]
    return []


def _codes(model: Any, name: str) -> list[str]:
    for part in name.split("__"):
        found = model._meta.get_field(part)
        model = getattr(found.remote_field, "model", model)
    return [str(code) for code, _ in found.flatchoices]


def _span(name: str, days: tuple[int, int], *, with_time: bool) -> str:
    first, last = ((now() - timedelta(days=back)).date().isoformat() for back in days)
    query = QueryDict(mutable=True)
    if with_time:
        query.update({f"{name}_from_0": first, f"{name}_from_1": "00:00:00"})
        query.update({f"{name}_to_0": last, f"{name}_to_1": "00:00:00"})
    else:
        query.update({f"{name}_from": first, f"{name}_to": last})
    return query.urlencode()


def _big_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [MANY_ROWS]
        )
        return {name for (name,) in cursor.fetchall()}


class Plans:
    """Counts statements, and notes which read a big table from one end to the other."""

    def __init__(self, big: set[str]) -> None:
        self.big = big
        self.count = 0
        self.seconds = 0.0
        self.scans: set[str] = set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Look at the plan of a statement before it runs."""
        self.count += 1
        begun = time.perf_counter()
        if sql.lstrip().startswith(("SELECT", "WITH")):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                plan = cursor.fetchone()[0][0]["Plan"]
            for node in _nodes(plan):
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] in self.big:
                    self.scans.add(node["Relation Name"])
        self.seconds += time.perf_counter() - begun
        return execute(sql, params, many, context)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
