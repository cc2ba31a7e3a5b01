"""A page with one form: what it is about, its fields, one button."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from paycenter.operators.columns import Text
from paycenter.operators.theme import ModelAdmin


def form_page(
    admin: ModelAdmin,
    request: HttpRequest,
    form: forms.Form,
    *,
    title: Text,
    button: Text,
    back_url: str,
    about: Text = "",
    explanation: Text = "",
) -> HttpResponse:
    """Show a form, with what is wrong with it if it was sent."""
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "media": admin.media + form.media,
        "form": form,
        "title": title,
        "button": button,
        "back_url": back_url,
        "about": about,
        "explanation": explanation,
    }
    return TemplateResponse(request, "admin/form_page.html", context)
