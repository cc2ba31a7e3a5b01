"""A difference is resolved by two people, and books what its solution says."""

import io
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from paycenter.kernel.spreadsheets import csv_lines, write_xlsx
from tests.transactions.reconciliation.ledgers import Books, noon
from transactions.difference_lifecycle import Solution
from transactions.models import Difference, JournalLine, Move
from transactions.reconciliation.solving import (
    Done,
    Proposal,
    Seen,
    assign,
    propose,
    reject,
    resolve,
)
from transactions.reconciliation.worksheet import WrongSheet, sheet_rows, take_back

DAY = date(2026, 11, 20)
SUSPENSE = Proposal(Solution.SUSPENSE, "渠道多收")


def _one(books: Books) -> Difference:
    """Return a payment of 5 yuan that only the channel knows."""
    books.line(noon(DAY), number="P-unknown", amount=500)
    books.reconcile(DAY)
    return Difference.objects.get()


def _seen(row: Difference) -> Seen:
    row.refresh_from_db()
    return Seen(row.pk, row.version)


def _lines() -> list[tuple[str, int, int]]:
    lines = JournalLine.objects.filter(entry__kind="suspense").order_by("id")
    return list(lines.values_list("account", "debit", "credit"))


def test_it_goes_from_open_to_resolved_with_its_history(books: Books) -> None:
    row = _one(books)
    assert assign(_seen(row), assignee="li", actor="boss") is Done.DONE
    assert propose(_seen(row), SUSPENSE, actor="li") is Done.DONE
    assert resolve(_seen(row), actor="wang") is Done.DONE
    row.refresh_from_db()
    assert (row.state, row.proposed_by, row.resolved_by) == ("resolved", "li", "wang")
    assert row.journal_entry is not None
    assert _lines() == [("channel", 500, 0), ("suspense", 0, 500)]
    moves = Move.objects.filter(subject="difference").order_by("id")
    assert list(moves.values_list("target", "actor")) == [
        ("assigned", "boss"),
        ("proposed", "li"),
        ("resolved", "wang"),
    ]


def test_nobody_resolves_what_he_proposed(books: Books) -> None:
    row = _one(books)
    propose(_seen(row), SUSPENSE, actor="li")
    assert resolve(_seen(row), actor="li") is Done.OWN_PROPOSAL
    row.refresh_from_db()
    assert row.state == "proposed"
    assert _lines() == []
    with pytest.raises(IntegrityError, match="difference_two_people"), transaction.atomic():
        Difference.objects.update(resolved_by="li")


def test_a_proposal_may_be_rejected_and_made_anew(books: Books) -> None:
    row = _one(books)
    propose(_seen(row), SUSPENSE, actor="li")
    assert reject(_seen(row), actor="wang", note="先查") is Done.DONE
    row.refresh_from_db()
    assert (row.state, row.assignee, row.solution) == ("assigned", "li", "")
    assert propose(_seen(row), SUSPENSE, actor="wang") is Done.DONE
    assert resolve(_seen(row), actor="li") is Done.DONE


def test_what_was_seen_must_be_what_is_there(books: Books) -> None:
    row = _one(books)
    old = _seen(row)
    assign(old, assignee="li", actor="boss")
    assert propose(old, SUSPENSE, actor="li") is Done.CHANGED
    propose(_seen(row), SUSPENSE, actor="li")
    seen = _seen(row)
    assert resolve(seen, actor="wang") is Done.DONE
    assert resolve(seen, actor="zhao") is Done.CHANGED
    assert len(_lines()) == 2


@pytest.mark.parametrize(
    ("told", "listed", "amount", "expected"),
    [
        (True, None, 10_000, [("channel", 0, 10_000), ("suspense", 10_000, 0)]),
        (True, 9_000, 10_000, [("channel", 0, 1_000), ("suspense", 1_000, 0)]),
        (True, 11_000, 10_000, [("channel", 1_000, 0), ("suspense", 0, 1_000)]),
    ],
)
def test_the_channels_account_becomes_what_the_channel_says(
    books: Books, told: bool, listed: int | None, amount: int, expected: list[tuple[str, int, int]]
) -> None:
    payment = books.paid(amount, noon(DAY), told=told, listed=False)
    if listed is not None:
        books.line(noon(DAY), number=payment.serial_no, amount=listed)
    books.reconcile(DAY)
    Difference.objects.update(state="open")
    row = Difference.objects.get()
    propose(_seen(row), SUSPENSE, actor="li")
    resolve(_seen(row), actor="wang")
    assert _lines() == expected


def test_an_explanation_books_nothing(books: Books) -> None:
    row = _one(books)
    propose(_seen(row), Proposal(Solution.EXPLAINED, "测试交易"), actor="li")
    assert resolve(_seen(row), actor="wang") is Done.DONE
    row.refresh_from_db()
    assert row.journal_entry is None
    assert _lines() == []


class TestWorksheet:
    def _sheet(self, **filled: str) -> io.BytesIO:
        head, *rows = list(sheet_rows(Difference.objects.all()))
        changed = [
            tuple(filled.get(str(name), cell) for name, cell in zip(head, row, strict=True))
            for row in rows
        ]
        return io.BytesIO("".join(csv_lines([head, *changed])).encode())

    def test_what_is_filled_in_is_proposed(self, books: Books) -> None:
        row = _one(books)
        (result,) = take_back(
            self._sheet(solution="suspense", explanation="=渠道"),
            Difference.objects.all(),
            actor="li",
        )
        assert (result.row, result.number, result.problem) == (2, "P-unknown", "")
        row.refresh_from_db()
        assert (row.state, row.proposed_by, row.explanation) == ("proposed", "li", "=渠道")

    def test_an_xlsx_file_does_as_well(self, books: Books) -> None:
        row = _one(books)
        head, values = list(sheet_rows(Difference.objects.all()))
        target = io.BytesIO()
        write_xlsx([head, (*values[:-2], "explained", "已核对")], target)
        (result,) = take_back(target, Difference.objects.all(), actor="li")
        assert result.problem == ""
        row.refresh_from_db()
        assert row.solution == "explained"

    def test_a_row_without_a_solution_is_left_alone(self, books: Books) -> None:
        _one(books)
        assert take_back(self._sheet(), Difference.objects.all(), actor="li") == []

    @pytest.mark.parametrize(
        "filled",
        [
            {"solution": "delete", "explanation": "x"},
            {"solution": "suspense", "explanation": ""},
            {"solution": "suspense", "explanation": "x" * 201},
            {"solution": "suspense", "explanation": "x", "id": "999999999"},
            {"solution": "suspense", "explanation": "x", "version": "7"},
        ],
    )
    def test_a_wrong_row_changes_nothing_and_says_why(
        self, books: Books, filled: dict[str, str]
    ) -> None:
        row = _one(books)
        (result,) = take_back(self._sheet(**filled), Difference.objects.all(), actor="li")
        assert result.problem
        row.refresh_from_db()
        assert row.state == "open"

    def test_another_companys_difference_is_not_there(self, books: Books) -> None:
        _one(books)
        sheet = self._sheet(solution="suspense", explanation="x")
        (result,) = take_back(sheet, Difference.objects.none(), actor="li")
        assert result.problem

    @pytest.mark.parametrize("content", [b"\xff\xfe", b"a,b\n1,2\n", b"", b"PK\x03\x04"])
    def test_a_file_that_is_no_such_sheet(self, books: Books, content: bytes) -> None:
        with pytest.raises(WrongSheet):
            take_back(io.BytesIO(content), Difference.objects.all(), actor="li")


def test_the_ledger_balances(books: Books) -> None:
    test_it_goes_from_open_to_resolved_with_its_history(books)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
