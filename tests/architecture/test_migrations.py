"""Migrations run while the code before them still works: none may stand in its way."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader

from tests.architecture.unsafe_operations import unsafe_operations
from tests.deploy.files import compose, process_types

BASE = {
    "gateway": "0007",
    "merchants": "0011",
    "notifications": "0008",
    "security": "0001",
    "transactions": "0015",
}
"""The last migrations of the first release: nothing ran before them."""

CHECK = models.CheckConstraint(condition=models.Q(amount__gte=1), name="x")
INDEX = models.Index(fields=["id"], name="x")


def test_no_migration_stands_in_the_way_of_running_code(db: None) -> None:
    loader = MigrationLoader(connection)
    ours = [
        migration
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if app in BASE and name[:4] > BASE[app]
    ]
    assert [told for migration in ours for told in unsafe_operations(migration)] == []


def test_the_base_names_apps_there_are(db: None) -> None:
    apps = {app for app, _ in MigrationLoader(connection).disk_migrations}
    assert apps >= set(BASE)


def _migration(*steps: Any, answers_for: str = "") -> Migration:
    migration = Migration("0099_x", "transactions")
    migration.operations = list(steps)  # type: ignore[misc]
    if answers_for:
        migration.answers_for = answers_for  # type: ignore[attr-defined]
    return migration


@pytest.mark.parametrize(
    "step",
    [
        lambda: operations.RemoveField("payment", "launch"),
        lambda: operations.RenameField("payment", "launch", "start"),
        lambda: operations.RenameModel("Payment", "Attempt"),
        lambda: operations.DeleteModel("Payment"),
        lambda: operations.AddField("payment", "x", models.IntegerField(default=1)),
        lambda: operations.AddIndex("payment", INDEX),
        lambda: operations.AddConstraint("payment", CHECK),
        lambda: operations.AlterField("payment", "amount", models.IntegerField()),
    ],
)
def test_what_is_unsafe_is_found(step: Callable[[], Any]) -> None:
    assert len(list(unsafe_operations(_migration(step())))) == 1
    assert not list(unsafe_operations(_migration(step(), answers_for="nobody reads it now")))


@pytest.mark.parametrize(
    "step",
    [
        lambda: operations.AddField("payment", "x", models.IntegerField(null=True)),
        lambda: operations.AddField("payment", "x", models.IntegerField(db_default=1)),
        lambda: operations.AddIndex("project", INDEX),
        lambda: AddIndexConcurrently("payment", INDEX),
        lambda: AddConstraintNotValid("payment", CHECK),
        lambda: ValidateConstraint("payment", "x"),
    ],
)
def test_what_is_safe_is_let_pass(step: Callable[[], Any]) -> None:
    assert not list(unsafe_operations(_migration(step())))


def test_migrating_does_not_queue_behind_a_lock() -> None:
    """A statement that waits for a table holds up everybody who comes after it."""
    assert "lock_timeout=" in process_types()["release"]
    assert "lock_timeout=" in compose()["services"]["release"]["environment"]["PGOPTIONS"]
