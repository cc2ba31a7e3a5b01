"""The pages of statements and reports: of one company, over some days."""

from datetime import date
from itertools import islice
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from merchants.audit.recording import Action, Deed, record, subject_of
from merchants.channels import NAMES
from merchants.models import Merchant
from paycenter.kernel.clock import business_date, now
from paycenter.kernel.reporting import report_source
from paycenter.operators.audit.deeds import who_did
from paycenter.operators.books.scope_form import SEES_BOOKS, ScopeForm, usual_spans
from paycenter.operators.books.sheets import KINDS, fee_types, sheet_rows
from paycenter.operators.columns import EMPTY
from paycenter.operators.exporting.files import LARGEST_XLSX, csv_answer, xlsx_answer
from transactions.ledger.balances import balances_on
from transactions.models import Account, ClosedDay
from transactions.statements.reports import CHANNEL, DAY, FEE_TYPE, HOUR, PROJECT, read_reports
from transactions.statements.rows import Row, Scope, read_rows
from transactions.statements.totals import GROUPINGS, totals_of

SHOWN = 100
"""Rows on the page; a file has all of them."""


def statements(request: HttpRequest) -> HttpResponseBase:
    """Show a statement, or send it as a file with ``as`` in the query; ``admin_view`` let in."""
    form = _form(request)
    context = _context(request, form, _("Statements"))
    if not form.is_valid():
        return TemplateResponse(request, "books/statements.html", context)
    source = report_source()
    scope = form.scope(source.database)
    wanted = request.GET.get("as")
    if wanted == "csv":
        _note(request, scope, wanted)
        return csv_answer(sheet_rows(scope), _file_name(scope))
    if wanted == "xlsx":
        if totals_of(scope).whole.count <= LARGEST_XLSX:
            _note(request, scope, wanted)
            return xlsx_answer(sheet_rows(scope), _file_name(scope))
        context["refusal"] = _("This is too much for an XLSX file. Take the CSV file.")
    context |= _statement(scope) | {"as_of": source.as_of}
    return TemplateResponse(request, "books/statements.html", context)


def reports(request: HttpRequest) -> HttpResponse:
    """Show what a company took and gave back over some days; ``admin_view`` let them in."""
    form = _form(request)
    context = _context(request, form, _("Reports"))
    if form.is_valid():
        source = report_source()
        scope = form.scope(source.database)
        context["as_of"] = source.as_of
        context["reports"] = _reports(scope)
        # Balances are the company's: nobody keeps one for each project.
        whole = scope.project_id is None
        context["balances"] = _balances(scope) if whole else []
    return TemplateResponse(request, "books/reports.html", context)


def _form(request: HttpRequest) -> ScopeForm:
    if not request.user.has_perm(SEES_BOOKS):
        raise PermissionDenied
    return ScopeForm(request)


def _context(request: HttpRequest, form: ScopeForm, title: str) -> dict[str, Any]:
    company = request.GET.get("company", "")
    query = request.GET.copy()
    query.pop("as", None)
    return {
        **admin.site.each_context(request),
        "title": title,
        "form": form,
        "spans": usual_spans(business_date(now())),
        "chosen": company if form.is_bound else "",
        "query": query.urlencode(),
    }


def _statement(scope: Scope) -> dict[str, Any]:
    closed = _closed(scope)  # before its rows: none is posted on a closed day
    totals = totals_of(scope)
    titles = {
        "kind": _("By kind"),
        "channel": _("By channel"),
        "project": _("By project"),
        "fee_type": _("By fee type"),
    }
    found = [_shown(row) for row in islice(read_rows(scope), SHOWN)]
    return {
        "whole": totals.whole,
        "groups": [
            (titles[grouping], [(_named(grouping, key), each) for key, each in sums])
            for grouping in GROUPINGS
            if (sums := sorted(totals.groups[grouping].items(), key=lambda pair: pair[0] or ""))
        ],
        "found": found,
        "is_cut": totals.whole.count > len(found),
        "closed": closed,
        "days": (scope.last - scope.first).days + 1,
    }


def _closed(scope: Scope) -> list[ClosedDay]:
    days = ClosedDay.objects.using(scope.database).filter(
        merchant=scope.merchant_id, business_date__range=(scope.first, scope.last)
    )
    return list(days)


def _shown(row: Row) -> dict[str, Any]:
    """Return a row with its codes in words."""
    return {
        "row": row,
        "kind": KINDS[row.kind],
        "channel": _named("channel", row.channel),
        "fee_types": fee_types(row),
    }


def _named(grouping: str, key: Any) -> str:
    """Return what people read for a key of a grouping or report."""
    if key is None or key == "":
        return EMPTY
    if grouping == "kind":
        return str(KINDS[key])
    if grouping == CHANNEL:
        return str(NAMES.get(key, key))
    if grouping == HOUR:
        return f"{key:02d}:00"
    return str(key)


def _balances(scope: Scope) -> list[tuple[str, int, int]]:
    """Return each account's name, debits and credits at the end of the last day."""
    sums: dict[Account, list[int]] = {}
    for balance in balances_on(scope.merchant_id, scope.last, database=scope.database):
        sides = sums.setdefault(balance.account, [0, 0])
        sides[0] += balance.debit
        sides[1] += balance.credit
    return [(str(account.label), *sides) for account, sides in sums.items()]  # type: ignore[misc]


def _reports(scope: Scope) -> list[tuple[str, list[tuple[str, Any]]]]:
    titles = {
        PROJECT: _("By project"),
        CHANNEL: _("By channel"),
        FEE_TYPE: _("By fee type"),
        HOUR: _("By hour"),
        DAY: _("By day"),
    }
    found = read_reports(scope)
    return [
        (title, [(_named(report, line.key), line) for line in found[report]])
        for report, title in titles.items()
    ]


def _note(request: HttpRequest, scope: Scope, wanted: str) -> None:
    """Write down who takes which statement away."""
    company = Merchant.objects.get(pk=scope.merchant_id)
    deed = Deed(
        action=Action.EXPORT,
        detail="Statements",
        after={
            "format": wanted,
            "first": scope.first.isoformat(),
            "last": scope.last.isoformat(),
            "project": scope.project_id,
            "fee_type": scope.fee_type,
        },
    )
    record(deed, subject_of(company), who_did(request))


def _file_name(scope: Scope) -> str:
    days: list[date] = sorted({scope.first, scope.last})
    return f"statement-{'-'.join(day.strftime('%Y%m%d') for day in days)}"
