"""One action on many rows: who asks for it, and what became of each row.

A run is a draft while somebody looks at what would happen. Confirmed, each of its items is due and
stays so until it has a result, which is written in the transaction that does the work.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from paycenter.kernel.clock import now

DRAFT_LIFETIME = timedelta(days=1)
"""A draft nobody confirmed in this time is thrown away."""


class BulkRun(models.Model):
    """``pages`` names the model whose list it was begun on, ``deed`` what is done to each row."""

    class State(models.TextChoices):
        """How far it is."""

        DRAFT = "draft", _("not confirmed")
        RUNNING = "running", _("under way")
        FINISHED = "finished", _("finished")

    COUNTS = ("done", "skipped", "failed")
    """Columns that count rows with a result, named as the results are."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("person"),
    )
    address = models.CharField(_("address"), max_length=45, blank=True)
    pages = models.CharField(max_length=100)
    deed = models.CharField(max_length=40)
    note = models.CharField(_("why"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    total = models.PositiveIntegerField(_("rows"))
    done = models.PositiveIntegerField(_("done"), default=0)
    skipped = models.PositiveIntegerField(_("skipped"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    created_at = models.DateTimeField(_("chosen at"), default=now)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    due_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", due_at__isnull=False, confirmed_at__isnull=True)
                | ~Q(state="draft") & Q(due_at__isnull=True, confirmed_at__isnull=False),
                name="bulk_draft_ends",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=F("done") + F("skipped") + F("failed")),
                name="bulk_counts_fit",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="bulk_by_person"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="bulk_due"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def ended(self) -> int:
        """How many rows have a result."""
        return self.done + self.skipped + self.failed


class BulkItem(models.Model):
    """One row of a run. ``seen`` is the version the person saw, ``queue`` whose workers do it."""

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", _("waits")
        DONE = "done", _("done")
        SKIPPED = "skipped", _("skipped")
        FAILED = "failed", _("failed")

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    row_id = models.BigIntegerField()
    seen = models.BigIntegerField()
    queue = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    text = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "row_id"], name="bulk_row_once"),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(due_at__isnull=True),
                name="bulk_item_with_result_rests",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="bulk_item_due"
            ),
        ]

    def __str__(self) -> str:
        return str(self.row_id)
