"""The theme (django-unfold), in one place: the rest of the admin reads like plain Django.

The package carries no types, so for type checking its classes are the Django classes they extend.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
    from datetime import datetime
    from typing import TypeVar

    from django import forms
    from django.contrib import admin
    from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter
    from django.contrib.auth import admin as auth_admin
    from django.core.paginator import Paginator
    from django.db.models import Model

    F = TypeVar("F", bound=Callable[..., Any])

    class ModelAdmin(admin.ModelAdmin[Any]):
        """A model's pages. ``actions_detail`` are buttons of one row's page."""

        actions_detail: tuple[str, ...]

    class UserAdmin(auth_admin.UserAdmin[Any]):
        """A user's pages."""

    class TabularInline(admin.TabularInline[Any, Any]):
        """Rows of another model on a row's page."""

    class ModelForm(forms.ModelForm[Any]):
        """A form of one row."""

    class InfinitePaginator(Paginator[Model]):
        """Pages without a total: nothing is counted."""

    class AutocompleteSelectFilter(RelatedFieldListFilter):
        """Filter by a related row that is found by typing."""

    class ChoicesCheckboxFilter(RelatedFieldListFilter):
        """Filter by any of several choices."""

    class RadioFilter(SimpleListFilter):
        """Filter by one of several choices of our own."""

    class RangeDateFilter(RelatedFieldListFilter):
        """Filter by a span of days."""

    class RangeDateTimeFilter(RelatedFieldListFilter):
        """Filter by a span of time."""

    @dataclass
    class SearchResult:
        """One line of the command palette."""

        title: str
        description: str
        link: str
        icon: str

    from django.contrib.auth.forms import (
        AdminPasswordChangeForm,
        UserChangeForm,
        UserCreationForm,
    )

    AutocompleteWidget = forms.Select
    DateInput = forms.DateInput
    SelectWidget = forms.Select
    TextareaWidget = forms.Textarea
    TextInputWidget = forms.TextInput
    FileWidget = forms.ClearableFileInput

    def parse_moment(text: str) -> datetime | None:
        """Return what was entered as a day and a time, or None."""

    def action(**options: Any) -> Callable[[F], F]:
        """Declare a button of a page: ``description``, ``icon``, ``permissions``, ``url_path``."""
else:
    from django.contrib.auth.admin import UserAdmin
    from django.forms import ModelForm
    from unfold.admin import ModelAdmin, TabularInline
    from unfold.contrib.filters.admin import (
        AutocompleteSelectFilter,
        ChoicesCheckboxFilter,
        RadioFilter,
        RangeDateFilter,
        RangeDateTimeFilter,
    )
    from unfold.dataclasses import SearchResult
    from unfold.decorators import action
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
    from unfold.paginator import InfinitePaginator
    from unfold.utils import parse_datetime_str as parse_moment
    from unfold.widgets import UnfoldAdminAutocompleteWidget as AutocompleteWidget
    from unfold.widgets import UnfoldAdminFileFieldWidget as FileWidget
    from unfold.widgets import UnfoldAdminSelectWidget as SelectWidget
    from unfold.widgets import UnfoldAdminSingleDateWidget as DateInput
    from unfold.widgets import UnfoldAdminTextareaWidget as TextareaWidget
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInputWidget

__all__ = [
    "AdminPasswordChangeForm",
    "AutocompleteSelectFilter",
    "AutocompleteWidget",
    "ChoicesCheckboxFilter",
    "DateInput",
    "FileWidget",
    "InfinitePaginator",
    "ModelAdmin",
    "ModelForm",
    "RadioFilter",
    "RangeDateFilter",
    "RangeDateTimeFilter",
    "SearchResult",
    "SelectWidget",
    "TabularInline",
    "TextInputWidget",
    "TextareaWidget",
    "UserAdmin",
    "UserChangeForm",
    "UserCreationForm",
    "action",
    "parse_moment",
]
