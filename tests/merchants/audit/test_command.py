"""``manage.py verify_audit`` prints where the audit log does not hold, and fails then."""

from argparse import ArgumentTypeError
from io import StringIO

import pytest
from django.core.management import call_command

from merchants.models import AuditEvent
from paycenter.management.commands.verify_audit import parse_link
from tests.support.audit import do, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _events() -> None:
    for _ in range(3):
        do()


def run(**options: object) -> str:
    """Return what the command prints."""
    out = StringIO()
    call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


def test_a_log_that_holds_is_said_to_with_its_end() -> None:
    said = run()
    assert "holds" in said
    assert f"end 3:{AuditEvent.objects.get(number=3).hash}" in said


def test_only_what_is_new_may_be_looked_at() -> None:
    run()
    do()
    assert "2 events" in run(new=True)


def test_a_broken_log_is_said_to_and_fails() -> None:
    run()
    tamper("UPDATE merchants_auditevent SET name = 'x' WHERE number = 2")
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_audit", stdout=out)
    assert stopped.value.code == 1
    assert "event 2" in out.getvalue()


def test_what_was_noted_elsewhere_must_be_there() -> None:
    end = parse_link(run().split("end ")[1].strip())
    assert "holds" in run(expect=[end])
    with pytest.raises(SystemExit):
        run(expect=[parse_link(f"2:{'a' * 64}")])


@pytest.mark.parametrize("text", ["", "3", "3:", "0:" + "a" * 64, "3:" + "A" * 64, "x:" + "a" * 64])
def test_a_note_is_read_strictly(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        parse_link(text)
