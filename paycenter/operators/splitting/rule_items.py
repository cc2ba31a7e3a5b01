"""The shares of a split rule: written on its page while it is its author's draft."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin
from paycenter.operators.roles.scoping import may
from paycenter.operators.splitting.rule_form import ItemFormSet, offered_receivers
from paycenter.operators.theme import TabularInline
from transactions.models import SplitRule, SplitRuleItem
from transactions.splits import rules


def is_authors(request: HttpRequest, rule: SplitRule) -> bool:
    """Whether it is the operator's own draft."""
    return rules.may_edit(rule, by=request.user.get_username())


def may_write(request: HttpRequest, rule: SplitRule) -> bool:
    """Whether the operator may write, decide and retire a company's rules."""
    return may(request.user, "transactions.change_splitrule", rule)


class ItemInline(TabularInline):
    """Who gets how much; written while the rule is its author's draft."""

    model = SplitRuleItem
    formset = ItemFormSet
    fields = ("receiver", "kind", "value", "in_words", "description")
    readonly_fields = ("in_words",)
    extra = 1
    hide_title = True

    @admin.display(description=_("in words"))
    def in_words(self, item: SplitRuleItem) -> str:
        """Show a part as per cent and a fixed amount as yuan."""
        if item.pk is None:
            return columns.EMPTY
        return columns.part(item)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Read the receivers with the shares."""
        return super().get_queryset(request).select_related("receiver")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Offer the receivers of the rule's channel merchant; an untouched line is no share."""
        formset = super().get_formset(request, obj, **kwargs)
        fields: Any = formset.form.base_fields
        if fields and obj is not None:
            receiver = fields["receiver"]
            receiver.queryset = offered_receivers(obj)
            for link in ("can_add_related", "can_change_related", "can_view_related"):
                setattr(receiver.widget, link, False)
            # The theme leaves the empty choice out, so a browser sends the first one.
            fields["kind"].initial = SplitRuleItem.Kind.PPM
        return formset

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may see the rule."""
        return obj is None or may(request.user, "transactions.view_splitrule", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its author, while it is a draft."""
        return obj is not None and is_authors(request, obj) and may_write(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return self.has_add_permission(request, obj)


@admin.register(SplitRuleItem)
class SplitRuleItemAdmin(RecordAdmin):
    """Who gets a share by which rule, read-only: shares are written on their rule's page."""

    list_display = ("receiver_link", "rule_link", "part", "description")
    list_select_related = ("receiver", "rule__channel_merchant")
    search_fields = ("receiver__receiver_no",)
    search_help_text = _("A receiver id")
    fields = ("receiver_link", "rule_link", "part", "description")
    readonly_fields = ("receiver_link", "rule_link", "part")

    receiver_link = columns.link_column("receiver", _("receiver"))
    rule_link = columns.link_column("rule", _("split rule"))

    @admin.display(description=_("share"))
    def part(self, item: SplitRuleItem) -> str:
        """Show a part as per cent and a fixed amount as yuan."""
        return columns.part(item)

    def find(self, number: str) -> list[int]:
        """Find the shares of a receiver."""
        found = SplitRuleItem.objects.filter(receiver__receiver_no=number)
        return list(found.values_list("pk", flat=True))
