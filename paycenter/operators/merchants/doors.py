"""EasyPay doors: what an old application's settings need, and the accounts its payers use.

A door is opened, and its key replaced, on the application's page.
"""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from merchants.doors import platform_public_key
from merchants.models import EasyPayDoor
from paycenter.operators import columns
from paycenter.operators.base import SetupAdmin
from paycenter.operators.security.proved_forms import ProvedForms


@admin.register(EasyPayDoor)
class EasyPayDoorAdmin(ProvedForms, SetupAdmin):
    """Doors for applications that speak the EasyPay protocol."""

    list_display = ("application", "pid", "wxpay_account", "alipay_account", "is_active")
    list_select_related = ("application", "wxpay_account", "alipay_account")
    list_filter = ("is_active",)
    search_fields = ("application__name", "application__code", "=pid")
    autocomplete_fields = ("wxpay_account", "alipay_account")
    fieldsets = (
        (None, {"fields": ("application", "number", "base_url", "is_active")}),
        (_("Accounts"), {"fields": ("wxpay_account", "alipay_account")}),
        (_("Version 2"), {"fields": ("merchant_public_key", "platform_key")}),
    )
    readonly_fields = ("application", "number", "base_url", "platform_key")

    number = columns.number_column("pid", _("merchant number (pid)"))

    @admin.display(description=_("base URL"))
    def base_url(self, door: EasyPayDoor) -> str:
        """Show what the application enters as the platform's address."""
        del door
        return columns.copyable(f"{settings.PUBLIC_BASE_URL}/easypay/")

    @admin.display(description=_("platform public key"))
    def platform_key(self, door: EasyPayDoor) -> str:
        """Show by which key the application verifies the center's messages."""
        return columns.copyable("".join(platform_public_key(door).splitlines()[1:-1]))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a door is opened on its application's page, which shows its key."""
        del request, obj
        return False
