"""Writing a split rule: its shares are checked as they are saved, and when it is submitted."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from paycenter.operators.fields import YuanField
from paycenter.operators.theme import ModelForm
from transactions.models import Receiver, SplitRule
from transactions.split_lifecycle import BindingState
from transactions.splits.rule_checks import check_rule
from transactions.splits.rules import lock_draft
from transactions.splits.terms import split_terms


class RuleForm(ModelForm):
    """The rule itself. ``by`` is who writes it."""

    by = ""

    def clean(self) -> dict[str, Any]:
        """Refuse a channel that cannot split, and hold a draft until it is saved."""
        data = super().clean() or {}
        owner = data.get("channel_merchant")
        if owner is not None and split_terms(owner) is None:
            self.add_error("channel_merchant", _("This channel cannot split payments."))
        if self.instance.pk and not lock_draft(self.instance, by=self.by):
            raise ValidationError(_("It is not a draft any more. Look at it again."))
        return data


class ItemFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The shares of a draft, checked together with it."""

    def clean(self) -> None:
        """Say everything that would keep the rule from being approved."""
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form not in self.deleted_forms]
        items = [form.instance for form in kept if form.has_changed() or form.instance.pk]
        check_rule(self.instance, items)


class AmountForm(forms.Form):
    """The amount of a payment to try a rule with."""

    amount = YuanField(label=_("amount (yuan)"))


def offered_receivers(rule: SplitRule) -> QuerySet[Receiver]:
    """Return whom a rule may give shares to, and whom it names already."""
    of_owner = Receiver.objects.filter(channel_merchant=rule.channel_merchant_id)
    named = rule.items.values("receiver")
    return of_owner.filter(Q(state=BindingState.BOUND) | Q(pk__in=named)).order_by("label")
