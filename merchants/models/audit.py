"""Who did what here, when and from where: one append-only row per deed, chained by hashes.

PostgreSQL refuses to alter or delete a row. One change is allowed, once: an event receives its
place in the chain (``merchants.audit.chaining``).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.models.parties import Merchant, PropertyGroup

NO_HASH = "0" * 64
"""What the first event of the chain follows."""


class AuditEvent(models.Model):
    """One deed of a person, or of the center itself or an application (``user`` is null then).

    ``name`` is who it was, as named then; blank is the center. ``object_type`` is a model's label;
    a deed on a list has no ``object_id``. ``before`` and ``after`` hold the fields that changed,
    secrets masked. ``number`` is its place in the chain, null for the seconds until it has one.
    """

    class Action(models.TextChoices):
        """What was done."""

        ADD = "add", _("added")
        CHANGE = "change", _("changed")
        DELETE = "delete", _("deleted")
        ACT = "act", _("carried out")
        SHOW = "show", _("was shown a secret")
        EXPORT = "export", _("exported")
        DOWNLOAD = "download", _("downloaded")
        SIGN_IN = "sign_in", _("signed in")
        SIGN_IN_FAILED = "sign_in_failed", _("failed to sign in")
        SIGN_OUT = "sign_out", _("signed out")

    at = models.DateTimeField(_("at"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("operator"),
    )
    name = models.CharField(_("who"), max_length=150, blank=True)
    address = models.CharField(_("address"), max_length=64, blank=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    action = models.CharField(_("action"), max_length=14, choices=Action.choices)
    object_type = models.CharField(_("kind of object"), max_length=64, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_text = models.CharField(_("object"), max_length=200, blank=True)
    merchant = models.ForeignKey(
        Merchant,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("property company"),
    )
    group = models.ForeignKey(
        PropertyGroup,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("property group"),
    )
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    number = models.BigIntegerField(_("number"), null=True, unique=True)
    previous_hash = models.CharField(_("previous hash"), max_length=64, blank=True)
    hash = models.CharField(_("hash"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(number=None, previous_hash="", hash="")
                | Q(number__gte=1) & ~Q(previous_hash="") & ~Q(hash=""),
                name="audit_event_chained_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object"),
            models.Index(fields=["merchant", "-id"], name="audit_by_merchant"),
            models.Index(fields=["user", "-id"], name="audit_by_user"),
            models.Index(fields=["at"], name="audit_by_time"),
            models.Index(fields=["object_text"], name="audit_by_text"),
            models.Index(fields=["id"], condition=Q(number=None), name="audit_to_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.object_text}".strip()


class AuditHead(models.Model):
    """One row: the end of the chain. Whoever holds its lock is the only one who chains.

    It stands apart from the events, so that a chain whose end was cut off does not fit it.
    """

    number = models.BigIntegerField(_("number"), default=0)
    hash = models.CharField(_("hash"), max_length=64, default=NO_HASH)

    class Meta:
        verbose_name = _("end of the audit chain")
        verbose_name_plural = _("end of the audit chain")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="audit_head_single_row")]

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


class AuditCheckpoint(models.Model):
    """Up to where the chain held when it was verified; ``is_whole``: from its first event on."""

    number = models.BigIntegerField(_("number"))
    hash = models.CharField(_("hash"), max_length=64)
    is_whole = models.BooleanField(_("from the first event on"))
    at = models.DateTimeField(_("verified at"))

    class Meta:
        verbose_name = _("verification of the audit chain")
        verbose_name_plural = _("verifications of the audit chain")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"
