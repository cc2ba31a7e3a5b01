"""Which roles a person holds, read once per request, and the permissions they come to."""

from collections.abc import Iterable

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import AnonymousUser, User

from merchants.models import Membership, Merchant, Role
from paycenter.operators.roles.powers import allows

Person = User | AnonymousUser


def memberships_of(user: Person) -> list[Membership]:
    """Return the roles of a person; one statement per request. A superuser needs none."""
    if not isinstance(user, User) or not user.is_active or user.is_superuser:
        return []
    held: list[Membership] | None = getattr(user, "_memberships", None)
    if held is None:
        held = list(user.memberships.select_related("group", "merchant", "project", "application"))
        user._memberships = held  # type: ignore[attr-defined]
    return held


def granting(user: Person, permission: str) -> list[Membership]:
    """Return the roles of a person that include a permission."""
    return [held for held in memberships_of(user) if allows(held.role, permission)]


def holds_everywhere(user: Person, permission: str) -> bool:
    """Whether a person may do this to anybody's rows.

    Superusers and platform operators may. Django's own permissions, given to a user or to a group
    of users, hold everywhere too: they are for the platform's people.
    """
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_superuser or any(held.role == Role.PLATFORM for held in memberships_of(user)):
        return True
    return ModelBackend().has_perm(user, permission)


def merchants_of(held: Iterable[Membership]) -> list[int]:
    """Return the companies that roles reach: one's own, those of a group, that of a project."""
    held = list(held)
    ids = {one.merchant_id for one in held if one.merchant_id}
    ids |= {one.project.merchant_id for one in held if one.project}
    groups = [one.group_id for one in held if one.group_id]
    if groups:
        ids |= set(Merchant.objects.filter(group__in=groups).values_list("pk", flat=True))
    return sorted(ids)


def companies_with(user: Person, permission: str) -> list[int] | None:
    """Return the companies for which a person holds a permission; None: for every one."""
    if holds_everywhere(user, permission):
        return None
    return merchants_of(granting(user, permission))


class RoleBackend(BaseBackend):
    """Answers what a person may do at all; to which rows is asked of ``roles.scoping``."""

    def has_perm(self, user_obj: Person, perm: str, obj: object = None) -> bool:
        """Whether any role of the person includes this, within some scope."""
        del obj
        return bool(granting(user_obj, perm))

    def has_module_perms(self, user_obj: Person, app_label: str) -> bool:
        """Whether any role shows something of an app."""
        del app_label
        return bool(memberships_of(user_obj))
