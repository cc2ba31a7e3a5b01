"""What a migration must not do while the code before it still runs (docs/operations.md, "Upgrade").

Two versions of the code work side by side for a while, on tables that are in use: nothing they read
may go away, nothing they do not write may be demanded, and nothing may hold a large table up.
"""

from collections.abc import Iterator

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

from tests.support.growing import is_growing

_TAKE_AWAY = (
    operations.RemoveField,
    operations.RenameField,
    operations.RenameModel,
    operations.DeleteModel,
    operations.AlterModelTable,
)


def unsafe_operations(migration: Migration) -> Iterator[str]:
    """Yield what is unsafe in a migration, each with what to do instead.

    A class attribute ``answers_for`` says why it is safe all the same, for example that it
    contracts what no running code uses any more; then nothing is yielded.
    """
    if getattr(migration, "answers_for", ""):
        return
    made = {
        operation.name.lower()
        for operation in migration.operations
        if isinstance(operation, operations.CreateModel)
    }
    for operation in migration.operations:
        if getattr(operation, "model_name", "").lower() not in made:
            yield from _told(migration, operation)


def _told(migration: Migration, operation: Operation) -> Iterator[str]:
    where = f"{migration.app_label}.{migration.name}: {operation.describe()}"
    if isinstance(operation, _TAKE_AWAY):
        yield f"{where}: the code before uses it; stop using it, and remove it a release later"
    if isinstance(operation, operations.AddField):
        field = operation.field
        if not field.null and field.db_default is NOT_PROVIDED and not field.many_to_many:
            yield f"{where}: the code before does not write it; give it null=True or db_default"
    if not is_growing(migration.app_label, getattr(operation, "model_name", "")):
        return
    if type(operation) is operations.AddIndex:
        yield f"{where}: writing stands still meanwhile; use AddIndexConcurrently"
    if isinstance(operation, operations.AddConstraint) and not isinstance(
        operation, AddConstraintNotValid
    ):
        yield (
            f"{where}: it reads the whole table under a lock; use AddConstraintNotValid and then "
            "ValidateConstraint, or for a unique key an index made concurrently"
        )
    if isinstance(operation, operations.AlterField):
        yield f"{where}: it may rewrite the whole table; say in answers_for why it does not"
