"""What the page says when something did not go as the payer wished."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.errors import Problem

HELD = "held"
NOTICES: dict[str, Promise] = {
    HELD: _(
        "Your earlier payment may still go through, so a second one is not started yet. "
        "You can switch as soon as the time below is over."
    ),
    "way": _("This way to pay is not offered here any more. Choose another one."),
    "unavailable": _("This way to pay is out of order right now. Choose another one."),
    "login": _("The app did not say who you are. Try again, or choose another way."),
    "again": _("That did not work. Try again, or choose another way."),
}

_OF_PROBLEMS = {
    "attempt_too_soon": HELD,
    "channel_unavailable": "unavailable",
    "payment_account_inactive": "way",
    "invalid_request": "way",
    "invoke_method_unsupported": "way",
    # The page shows by itself that it is paid, closed, or its time over.
    "order_paid": "",
    "order_closed": "",
}


def notice_of(problem: Problem) -> str:
    """Return the notice for a refusal of the services; blank where the page itself says it all."""
    return _OF_PROBLEMS.get(problem.code, "again")
