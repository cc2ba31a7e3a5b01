"""What is heard of elsewhere: somebody is locked out, leaves, or may do something else from now on.

A session lives no longer than what it was opened for: when the password, the roles or the switch of
a person change, every session of theirs ends, and they sign in again. (Changes by
``QuerySet.update`` make no sound; nothing here does that.)
"""

from collections.abc import Iterable
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.http import HttpRequest

from merchants.models import Membership
from paycenter.operators.security.locks import tell_of_lock
from paycenter.operators.security.models import SignIn
from paycenter.operators.security.sign_ins import KEY, close, end_sign_ins

OF_PASSWORD = ("password",)
OF_ROLES = ("is_active", "is_staff", "is_superuser")


def begin() -> None:
    """Listen, once per process."""
    user_locked_out.connect(tell_of_lock)
    user_logged_out.connect(_left)
    pre_save.connect(_look_at, sender=User)
    post_save.connect(_saved, sender=User)
    for signal in (post_save, post_delete):
        signal.connect(_membership_changed, sender=Membership)
    for relation in (User.groups, User.user_permissions):
        m2m_changed.connect(_roles_changed, sender=relation.through)


def _left(request: HttpRequest, **kwargs: Any) -> None:
    """End the row of a session that is being forgotten."""
    del kwargs
    row = SignIn.objects.filter(pk=request.session.get(KEY, 0)).first()
    if row is not None:
        close(row, SignIn.End.LEFT)


def _look_at(instance: User, update_fields: Iterable[str] | None, **kwargs: Any) -> None:
    """Note what the person was before; saving when somebody signed in changes none of it."""
    del kwargs
    watched = {*OF_PASSWORD, *OF_ROLES}
    if instance.pk is None or (update_fields is not None and not watched & {*update_fields}):
        return
    before = User.objects.filter(pk=instance.pk).values(*watched).first()
    instance._before = before  # type: ignore[attr-defined]


def _saved(instance: User, **kwargs: Any) -> None:
    del kwargs
    before = instance.__dict__.pop("_before", None)
    if before is None:
        return
    changed = {name for name, value in before.items() if getattr(instance, name) != value}
    if changed & {*OF_ROLES}:
        end_sign_ins(instance.pk, SignIn.End.ROLES)
    elif changed:
        end_sign_ins(instance.pk, SignIn.End.PASSWORD)


def _membership_changed(instance: Membership, **kwargs: Any) -> None:
    del kwargs
    end_sign_ins(instance.user_id, SignIn.End.ROLES)


def _roles_changed(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    """Whoever was given or lost a group or a permission signs in again."""
    del kwargs
    if action not in {"post_add", "post_remove", "pre_clear"}:
        return
    if not reverse:
        people: Iterable[int] = [instance.pk] if pk_set is None or pk_set else []
    elif pk_set is not None:
        people = pk_set
    else:
        people = instance.user_set.values_list("pk", flat=True)
    for user_id in people:
        end_sign_ins(user_id, SignIn.End.ROLES)
