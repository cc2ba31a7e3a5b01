"""Whose rows a person may see and touch: one table says how each model leads to its owner.

A role holds within a group, a company, a project or an application. ``visible`` narrows a query to
what the person's roles reach; every list, page, choice, export and button goes through it. A model
that is not in the table is the platform operators' alone.
"""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from merchants.models import Membership
from paycenter.operators.roles.held import Person, granting, holds_everywhere

M = TypeVar("M", bound=Model)
_NOTHING = Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Reach:
    """Lookups that lead from a row to its owner; blank where there is no way.

    ``many``: a lookup meets several rows, which must not show a row several times. ``group`` is
    named only where a row has no company, ``other_merchant`` where a row has it in one of two ways.
    """

    merchant: str = ""
    project: str = ""
    application: str = ""
    group: str = ""
    other_merchant: str = ""
    many: bool = False

    def of(self, held: Membership) -> Q:
        """Return the rows that one role reaches."""
        if held.application_id:
            return _is(self.application, held.application_id)
        if held.project_id:
            return _is(self.project, held.project_id)
        companies = [name for name in (self.merchant, self.other_merchant) if name]
        if held.merchant_id:
            return _any_is(companies, held.merchant_id)
        groups = [self.group] if self.group else [_group_of(name) for name in companies]
        return _any_is(groups, held.group_id)


def _is(lookup: str, pk: int | None) -> Q:
    return Q(**{lookup: pk}) if lookup else _NOTHING


def _any_is(lookups: list[str], pk: int | None) -> Q:
    return reduce(or_, (_is(lookup, pk) for lookup in lookups), _NOTHING)


def _group_of(company: str) -> str:
    return "group" if company == "pk" else f"{company}__group"


def _of_payment(path: str) -> Reach:
    """Return the reach of a row that has a company, and a payment at ``path``."""
    return Reach("merchant", f"{path}payment_account__project", f"{path}order__application")


_MERCHANT = Reach("merchant")
_ACCOUNT = "payment_account__channel_merchant__merchant"

REACHES: dict[str, Reach] = {
    "merchants.propertygroup": Reach("merchants", group="pk", many=True),
    "merchants.merchant": Reach("pk"),
    "merchants.project": Reach("merchant", "pk"),
    "merchants.channelmerchant": _MERCHANT,
    "merchants.storedcredential": Reach("channel_merchant__merchant"),
    "merchants.paymentaccount": Reach(
        "channel_merchant__merchant", "project", "grants__application", many=True
    ),
    "merchants.grant": Reach(_ACCOUNT, "payment_account__project", "application"),
    "merchants.application": Reach(f"grants__{_ACCOUNT}", "", "pk", "group", many=True),
    "merchants.applicationkey": Reach("", "", "application", "application__group"),
    "merchants.easypaydoor": Reach("", "", "application", "application__group"),
    "merchants.channelswitch": Reach("merchant", other_merchant=_ACCOUNT),
    "merchants.auditevent": Reach("merchant", group="group"),
    "notifications.alert": _MERCHANT,
    "notifications.incident": _MERCHANT,
    "notifications.event": Reach("merchant", application="application"),
    "notifications.delivery": Reach("merchant", application="application"),
    "notifications.deliveryattempt": Reach("merchant", application="delivery__application"),
    "notifications.endpoint": Reach("", "", "application", "application__group"),
    "gateway.callback": Reach("merchant", "payment_account__project"),
    "gateway.channelcall": Reach("merchant", "payment_account__project"),
    "gateway.healthchange": Reach("merchant", "payment_account__project"),
    "transactions.order": Reach(
        "merchant", "payments__payment_account__project", "application", many=True
    ),
    "transactions.orderline": Reach(
        "merchant", "order__payments__payment_account__project", many=True
    ),
    "transactions.payment": _of_payment(""),
    "transactions.refund": _of_payment("payment__"),
    "transactions.refundproposal": _of_payment("refund__payment__"),
    "transactions.duplicatepayment": _of_payment("payment__"),
    "transactions.move": _MERCHANT,
    "transactions.doororder": Reach("order__merchant", application="order__application"),
    "transactions.checkout": Reach(
        "merchant", "order__payments__payment_account__project", many=True
    ),
    "transactions.collectioncode": Reach("merchant", "project"),
    "transactions.hourtally": Reach("merchant", "payment_account__project"),
    "transactions.receiver": _MERCHANT,
    "transactions.splitrule": _MERCHANT,
    "transactions.splitruleitem": Reach("rule__merchant"),
    "transactions.split": _of_payment("payment__"),
    "transactions.splitshare": _of_payment("split__payment__"),
    "transactions.splitreturn": _of_payment("share__split__payment__"),
    "transactions.splitrelease": _of_payment("payment__"),
    "transactions.journalentry": _MERCHANT,
    "transactions.journalline": _MERCHANT,
    "transactions.daybalance": _MERCHANT,
    "transactions.closedday": _MERCHANT,
    "transactions.channelbill": _MERCHANT,
    "transactions.billline": _MERCHANT,
    "transactions.reconciliation": _MERCHANT,
    "transactions.difference": _MERCHANT,
}


def reached(user: Person, permission: str, rows: QuerySet[M]) -> QuerySet[M]:
    """Narrow ``rows`` to those for which a person holds ``permission``, of whatever model it is."""
    if holds_everywhere(user, permission):
        return rows
    reach = REACHES.get(rows.model._meta.label_lower)
    held = granting(user, permission) if reach else []
    if reach is None or not held:
        return rows.none()
    found = reduce(or_, (reach.of(one) for one in held))
    if reach.many:
        return rows.filter(pk__in=rows.model._default_manager.filter(found).values("pk"))
    return rows.filter(found)


def visible(user: Person, rows: QuerySet[M]) -> QuerySet[M]:
    """Narrow ``rows`` to those a person may see."""
    return reached(user, _permission("view", rows.model), rows)


def may(user: Person, permission: str, row: Model) -> bool:
    """Whether a person holds ``permission`` for this row."""
    if holds_everywhere(user, permission):
        return True
    rows = type(row)._default_manager.filter(pk=row.pk)
    return reached(user, permission, rows).exists()


def _permission(action: str, model: type[Model]) -> str:
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"
