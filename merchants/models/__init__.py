"""The models of the payment-center backend."""

from merchants.models.accounts import (
    ChannelCode,
    ChannelMerchant,
    PaymentAccount,
    StoredCredential,
)
from merchants.models.applications import Application, ApplicationKey, Grant, UsedNonce
from merchants.models.parties import Merchant, Project, PropertyGroup
from merchants.models.security import SecurityRecord

__all__ = [
    "Application",
    "ApplicationKey",
    "ChannelCode",
    "ChannelMerchant",
    "Grant",
    "Merchant",
    "PaymentAccount",
    "Project",
    "PropertyGroup",
    "SecurityRecord",
    "StoredCredential",
    "UsedNonce",
]
