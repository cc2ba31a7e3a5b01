"""``manage.py rotate_sealed``: seal every secret again with the first key of ``SEALING_KEYS``.

Put a new key first, run this, then drop the old key. Safe to stop and run again.
"""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from paycenter.kernel.sealed_model import SealedModel, keyring
from paycenter.kernel.sealing import SealError


class Command(BaseCommand):
    """Re-seals what was sealed with an older key."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through every sealed field of every model; stop at a value that does not open."""
        models = [model for model in apps.get_models() if issubclass(model, SealedModel)]
        try:
            for model in models:
                self.stdout.write(f"{model._meta.label}: {rotate(model)} sealed again")
        except SealError as error:
            raise CommandError(f"{error}: is its key missing from SEALING_KEYS?") from None


def rotate(model: type[SealedModel]) -> int:
    """Re-seal one model's outdated values; returns how many rows changed."""
    changed = 0
    for row in model._default_manager.iterator(chunk_size=200):
        old = {field: getattr(row, field) for field in model.sealed_fields}
        outdated = [name for name, text in old.items() if text and not keyring().is_current(text)]
        for field in outdated:
            row.seal(field, row.unseal(field))
        if outdated:
            # Only if nobody changed the secret meanwhile.
            same = model._default_manager.filter(
                pk=row.pk, **{name: old[name] for name in outdated}
            )
            changed += same.update(**{name: getattr(row, name) for name in outdated})
    return changed
