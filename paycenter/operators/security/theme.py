"""What of the theme the site itself is made of: modules that register nothing.

``paycenter.operators.theme`` cannot be imported for it: Django's user pages register themselves
when they are imported, which needs the site.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django import forms
    from django.contrib import admin
    from django.http import HttpRequest
    from django.template.response import TemplateResponse

    class AdminSite(admin.AdminSite):
        """The site all pages hang on."""

        def password_change(
            self, request: HttpRequest, extra_context: dict[str, Any] | None = None
        ) -> TemplateResponse:
            """Change one's own password."""

    PasswordWidget = forms.PasswordInput
    TextInputWidget = forms.TextInput
else:
    from unfold.sites import UnfoldAdminSite as AdminSite
    from unfold.widgets import UnfoldAdminPasswordWidget as PasswordWidget
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInputWidget

__all__ = ["AdminSite", "PasswordWidget", "TextInputWidget"]
