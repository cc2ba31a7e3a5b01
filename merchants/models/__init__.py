"""The models of the payment-center backend."""

from merchants.models.accounts import (
    ChannelMerchant,
    PaymentAccount,
    StoredCredential,
)
from merchants.models.applications import Application, ApplicationKey, Grant, UsedNonce
from merchants.models.audit import AuditCheckpoint, AuditEvent, AuditHead
from merchants.models.doors import EasyPayDoor
from merchants.models.parties import Merchant, Project, PropertyGroup
from merchants.models.roles import Membership, Role
from merchants.models.security import SecurityRecord
from merchants.models.switches import ChannelSwitch

__all__ = [
    "Application",
    "ApplicationKey",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditHead",
    "ChannelMerchant",
    "ChannelSwitch",
    "EasyPayDoor",
    "Grant",
    "Membership",
    "Merchant",
    "PaymentAccount",
    "Project",
    "PropertyGroup",
    "Role",
    "SecurityRecord",
    "StoredCredential",
    "UsedNonce",
]
