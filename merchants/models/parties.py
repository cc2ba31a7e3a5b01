"""Who owns money and who manages it: property groups, their companies, the managed projects."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.numbers import mint_short


class PropertyGroup(models.Model):
    """A customer of the platform; everything an operator may see lies within one group."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("property group")
        verbose_name_plural = _("property groups")

    def __str__(self) -> str:
        return self.name


def new_merchant_no() -> str:
    """Return a fresh merchant number, ``M`` and ten digits."""
    return mint_short("M")


class Merchant(models.Model):
    """A property company: the legal entity that collects into its own channel accounts."""

    group = models.ForeignKey(
        PropertyGroup,
        on_delete=models.PROTECT,
        related_name="merchants",
        verbose_name=_("property group"),
    )
    merchant_no = models.CharField(
        _("merchant id"), max_length=11, unique=True, default=new_merchant_no, editable=False
    )
    name = models.CharField(_("registered name"), max_length=100)
    display_name = models.CharField(
        _("name shown to residents"), max_length=50, help_text=_("On checkout pages and receipts.")
    )
    credit_code = models.CharField(
        _("unified social credit code"),
        max_length=18,
        validators=[RegexValidator(r"^[0-9A-HJ-NPQRTUWXY]{18}$", _("18 characters, no I O S V Z"))],
    )
    holds_duplicates = models.BooleanField(
        _("hold duplicate payments for a person"),
        default=False,
        help_text=_("Otherwise what was paid twice goes back to its source by itself."),
    )
    refund_limit = models.BigIntegerField(
        _("refunds up to this go at once (yuan)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "What is returned of one payment beyond it waits for a second person. Blank: what "
            "applications ask for goes at once, what people ask for always waits."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("property company")
        verbose_name_plural = _("property companies")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "credit_code"], name="merchant_unique_credit_code_in_group"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """A managed community."""

    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        related_name="projects",
        verbose_name=_("property company"),
    )
    code = models.SlugField(_("code"), max_length=32)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="project_unique_code")
        ]

    def __str__(self) -> str:
        return self.name
