"""Which values the audit log never holds, for every model: one rule.

A model names them itself: ``sealed_fields`` (``paycenter.kernel.sealed_model``) and, for what is
personal or a key without being sealed, ``masked_fields``. Django's own models cannot; theirs are
named here.
"""

from django.db.models import Model

MASK = "***"

_OF_OTHERS = {"auth.user": frozenset({"password"})}


def masked_fields(model: type[Model]) -> frozenset[str]:
    """Return the names of a model's fields whose values are masked."""
    return frozenset(
        (
            *getattr(model, "sealed_fields", ()),
            *getattr(model, "masked_fields", ()),
            *_OF_OTHERS.get(model._meta.label_lower, ()),
        )
    )


def masked(value: object) -> object:
    """Return what stands for a secret: whether there is one, and nothing of it."""
    return MASK if value else ""
