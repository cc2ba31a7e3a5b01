"""What each role may do, in Django's words for permissions: ``app.action_model``.

``view`` shows rows, ``change`` presses the buttons of a row's page, ``add`` makes new ones. What
none of the roles below has is the platform operators' alone.
"""

from collections.abc import Iterator

from merchants.models import Role

_MONEY = (
    "transactions.order",
    "transactions.orderline",
    "transactions.payment",
    "transactions.refund",
    "transactions.refundproposal",
    "transactions.duplicatepayment",
    "transactions.move",
    "transactions.doororder",
    "transactions.checkout",
    "transactions.collectioncode",
)
_FINANCE = (
    "transactions.receiver",
    "transactions.splitrule",
    "transactions.splitruleitem",
    "transactions.split",
    "transactions.splitshare",
    "transactions.splitreturn",
    "transactions.splitrelease",
    "transactions.journalentry",
    "transactions.journalline",
    "transactions.daybalance",
    "transactions.hourtally",
    "transactions.closedday",
    "transactions.channelbill",
    "transactions.billline",
    "transactions.reconciliation",
    "transactions.difference",
)
_COMPANY = (
    "merchants.propertygroup",
    "merchants.merchant",
    "merchants.project",
    "merchants.channelmerchant",
    "merchants.paymentaccount",
    "merchants.application",
    "merchants.grant",
    "merchants.channelswitch",
)
_TRACES = (
    "notifications.alert",
    "notifications.incident",
    "notifications.delivery",
    "notifications.deliveryattempt",
    "notifications.event",
    "gateway.channelcall",
    "gateway.callback",
    "gateway.healthchange",
    "merchants.storedcredential",
    "merchants.auditevent",
)


def _may(actions: str, *models: str) -> Iterator[str]:
    for model in models:
        app, name = model.split(".")
        for action in actions.split():
            yield f"{app}.{action}_{name}"


POWERS: dict[Role, frozenset[str]] = {
    Role.FINANCE: frozenset(
        {
            *_may("view", *_MONEY, *_FINANCE, *_COMPANY, *_TRACES),
            *_may("add change", "transactions.refund"),
            *_may("change", "transactions.refundproposal", "transactions.duplicatepayment"),
            *_may("change", "transactions.payment", "transactions.difference"),
            *_may("add change", "transactions.receiver", "transactions.splitrule"),
            *_may("add change delete", "transactions.splitruleitem"),
            *_may("add change", "transactions.channelbill", "transactions.closedday"),
            *_may("add change", "transactions.split"),
        }
    ),
    Role.OPERATOR: frozenset(
        {
            *_may("view", *_MONEY, *_FINANCE, *_COMPANY, *_TRACES),
            *_may("add change", "transactions.refund"),
            *_may("change", "transactions.refundproposal", "transactions.duplicatepayment"),
            *_may("change", "transactions.payment", "notifications.delivery"),
            *_may("change", "notifications.incident"),
            *_may("add change", "merchants.project", "merchants.channelmerchant"),
            *_may("add change", "merchants.paymentaccount", "merchants.storedcredential"),
            *_may("add change", "merchants.channelswitch", "transactions.collectioncode"),
            *_may("add delete", "merchants.grant"),
            *_may("collect", "transactions.checkout"),
        }
    ),
    Role.CASHIER: frozenset(
        {
            *_may("view", "transactions.order", "transactions.orderline", "transactions.payment"),
            *_may("view", "transactions.refund", "transactions.checkout"),
            *_may("view", "transactions.collectioncode"),
            *_may("change", "transactions.payment"),
            *_may("add", "transactions.refund"),
            *_may("collect", "transactions.checkout"),
        }
    ),
    Role.AUDITOR: frozenset(_may("view", *_MONEY, *_FINANCE, *_COMPANY, *_TRACES)),
    Role.DEVELOPER: frozenset(
        {
            *_may("view", "merchants.application", "merchants.applicationkey", "merchants.grant"),
            *_may("view", "merchants.paymentaccount", "notifications.endpoint"),
            *_may("view", "notifications.delivery", "notifications.deliveryattempt"),
            *_may("view", "notifications.event"),
            *_may("add change", "merchants.applicationkey"),
            *_may("change", "notifications.delivery", "notifications.endpoint"),
        }
    ),
}
"""A platform operator may do everything that pages offer."""


def allows(role: str, permission: str) -> bool:
    """Whether a role includes a permission."""
    return role == Role.PLATFORM or permission in POWERS[Role(role)]
