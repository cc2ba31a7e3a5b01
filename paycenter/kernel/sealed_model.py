"""Models that keep secrets: fields hold sealed text, opened only on purpose.

A sealed field is an ordinary text column whose value is useless without the keyring, so forms,
pages, exports and dumps that touch it by accident show nothing. ``seal`` and ``unseal`` bind the
value to its model, row and field.
"""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import connection, models

from paycenter.kernel.sealing import Keyring, parse_keyring


def keyring() -> Keyring:
    """Return the keyring of the current settings."""
    return parse_keyring(settings.SEALING_KEYS)


class SealedModel(models.Model):
    """Base of every model with sealed fields, which it lists in ``sealed_fields``."""

    sealed_fields: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def seal(self, field: str, plaintext: str) -> Self:
        """Put ``plaintext`` into a sealed field (not saved yet); blank stays blank."""
        sealed = keyring().seal(plaintext, place=self._place(field)) if plaintext else ""
        setattr(self, field, sealed)
        return self

    def unseal(self, field: str) -> str:
        """Open a sealed field. Raises ``SealError`` when the value does not belong here."""
        sealed = getattr(self, field)
        return keyring().unseal(sealed, place=self._place(field)) if sealed else ""

    def _place(self, field: str) -> str:
        if field not in self.sealed_fields:
            raise ValueError(f"{field} is not a sealed field of {self._meta.label}")
        if self.pk is None:
            self.pk = self._next_pk()
        return f"{self._meta.label_lower}:{self.pk}:{field}"

    def _next_pk(self) -> Any:
        """Take the row's number before it is inserted: the seal needs to know its row."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [self._meta.db_table]
            )
            return cursor.fetchone()[0]
