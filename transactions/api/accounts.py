"""The payment accounts an application may use now."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.health.admission import Unavailable, availability_of
from gateway.registry import CHANNELS
from merchants.api import SignedAPIView
from merchants.models import PaymentAccount
from merchants.selectors import granted_accounts
from paycenter.kernel.api import StrictSerializer, validated_query
from transactions.api import schema
from transactions.api.fields import NumberField


class AccountListQuery(StrictSerializer):
    """Filter of the list of payment accounts."""

    merchant_id = NumberField(required=False)


class PaymentAccountsView(SignedAPIView):
    """``/api/v1/payment-accounts``."""

    @extend_schema(**schema.LIST_ACCOUNTS, parameters=[AccountListQuery])
    def get(self, request: Request) -> Response:
        """List the accounts granted to this application."""
        query = validated_query(AccountListQuery, request)
        accounts = granted_accounts(self.caller.application).order_by("pk")
        if "merchant_id" in query:
            accounts = accounts.filter(channel_merchant__merchant__merchant_no=query["merchant_id"])
        listed = list(accounts)
        unavailable = availability_of(listed)
        data = [account_resource(account, unavailable[account.pk]) for account in listed]
        return Response({"data": data})


def account_resource(account: PaymentAccount, unavailable: Unavailable | None) -> dict[str, Any]:
    """Return an account as the API shows it; ``unavailable`` says why it does not work now."""
    owner = account.channel_merchant
    channel = CHANNELS.get(owner.channel)
    reason: str | None = unavailable.reason if unavailable else None
    if not account.is_active:
        reason = "payment_account_inactive"
    elif not (owner.is_active and owner.merchant.is_active):
        reason = "merchant_inactive"
    return {
        "payment_id": account.payment_no,
        "merchant_id": owner.merchant.merchant_no,
        "name": account.name,
        "channel": owner.channel,
        "invoke_methods": sorted(channel.methods) if channel else [],
        "min_amount": account.min_amount,
        "max_amount": account.max_amount,
        "sandbox": owner.is_sandbox,
        "available": reason is None,
        "unavailable_reason": reason,
    }
