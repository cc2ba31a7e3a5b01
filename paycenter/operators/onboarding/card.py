"""The card "what is missing" on the pages of a company and of what it collects with."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from merchants.models import ChannelMerchant, Merchant, PaymentAccount
from paycenter.operators.onboarding.pages import missing_card
from paycenter.operators.theme import ModelAdmin


class MissingCard(ModelAdmin):
    """Shows above a row's form what is missing until payments can come."""

    change_form_outer_before_template = "admin/onboarding_card.html"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the card, once there is a row."""
        row = kwargs.get("obj")
        if row is not None:
            context |= {"card": _card(request, row)}
        return super().render_change_form(request, context, *args, **kwargs)


def _card(
    request: HttpRequest, row: Merchant | ChannelMerchant | PaymentAccount
) -> dict[str, Any] | None:
    if isinstance(row, Merchant):
        return missing_card(request.user, row)
    if isinstance(row, ChannelMerchant):
        return missing_card(request.user, row.merchant, channel_merchant_id=row.pk)
    owner = row.channel_merchant
    return missing_card(
        request.user, owner.merchant, channel_merchant_id=owner.pk, account_id=row.pk
    )
