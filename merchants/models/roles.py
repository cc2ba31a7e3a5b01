"""Who may work on whose rows: a person's role within a group, a company, a project."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.models.applications import Application
from merchants.models.parties import Merchant, Project, PropertyGroup


class Role(models.TextChoices):
    """What people do here; what each may do is in ``paycenter.operators.roles.powers``."""

    PLATFORM = "platform", _("platform operator")
    FINANCE = "finance", _("finance")
    OPERATOR = "operator", _("company operator")
    CASHIER = "cashier", _("cashier")
    AUDITOR = "auditor", _("auditor")
    DEVELOPER = "developer", _("application developer")


class Membership(models.Model):
    """One role of one person, within exactly one scope; a platform operator's has no bounds.

    A person may have several: what each allows, it allows within its own scope only.
    """

    SCOPES: ClassVar[tuple[str, ...]] = ("group", "merchant", "project", "application")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="memberships",
        verbose_name=_("operator"),
    )
    role = models.CharField(_("role"), max_length=9, choices=Role.choices)
    group = models.ForeignKey(
        PropertyGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("property group"),
    )
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("property company"),
    )
    project = models.ForeignKey(
        Project,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("project"),
    )
    application = models.ForeignKey(
        Application,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("application"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("role of an operator")
        verbose_name_plural = _("roles of an operator")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "group", "merchant", "project", "application"],
                nulls_distinct=False,
                name="membership_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    role=Role.PLATFORM,
                    group=None,
                    merchant=None,
                    project=None,
                    application=None,
                )
                | Q(role=Role.DEVELOPER, group=None, merchant=None, project=None)
                & Q(application__isnull=False)
                | Q(role__in=[Role.FINANCE, Role.OPERATOR, Role.CASHIER, Role.AUDITOR])
                & Q(application=None)
                & (
                    Q(group__isnull=False, merchant=None, project=None)
                    | Q(group=None, merchant__isnull=False, project=None)
                    | Q(group=None, merchant=None, project__isnull=False)
                ),
                name="membership_has_its_scope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.scope or ''}".strip()

    @property
    def scope(self) -> models.Model | None:
        """The group, company, project or application it holds for; None is everywhere."""
        return next((row for name in self.SCOPES if (row := getattr(self, name))), None)
