"""Channel bills as received, their lines, and the runs that compare them with our books."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gateway.bill_messages import BillKind, BillRequest, Movement
from gateway.messages import Outcome
from merchants.models import ChannelMerchant, Merchant

OPEN_BILL = ("wanted", "received")


class ChannelBill(models.Model):
    """One channel bill of a channel merchant for one day, kept exactly as it came.

    A second file for the same day is a revision: only the one read last counts. While anything is
    to be done for it, ``due_at`` says when. ``error`` is a msgid whose places ``error_params``
    fill. ``missing_since``: people were told that it does not come.
    """

    KINDS = (
        (BillKind.TRADE.value, _("trade")),
        (BillKind.ACCOUNT.value, _("account")),
    )

    class State(models.TextChoices):
        WANTED = "wanted", _("not there yet")
        RECEIVED = "received", _("received, not read yet")
        LOADED = "loaded", _("read")
        EMPTY = "empty", _("nothing moved that day")
        UNUSABLE = "unusable", _("cannot be used")
        REPLACED = "replaced", _("replaced by a revision")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    channel_merchant = models.ForeignKey(
        ChannelMerchant,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("channel merchant"),
    )
    bill_date = models.DateField(_("date"))
    kind = models.CharField(
        _("kind"),
        max_length=8,
        choices=KINDS,
    )
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WANTED)
    file = models.FileField(_("file"), upload_to="bills/%Y/%m/", max_length=200, blank=True)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size = models.BigIntegerField(_("size (bytes)"), default=0)
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    totals = models.JSONField(_("totals"), default=dict)
    uploaded_by = models.CharField(_("uploaded by"), max_length=150, blank=True)
    fault = models.CharField(_("fault"), max_length=20, blank=True)
    error = models.CharField(_("what is wrong with it"), max_length=400, blank=True)
    error_params = models.JSONField(default=dict, editable=False)
    missing_since = models.DateTimeField(_("missed since"), null=True)
    asked = models.PositiveSmallIntegerField(_("times asked"), default=0)
    due_at = models.DateTimeField(_("due at"), null=True)
    received_at = models.DateTimeField(_("received at"), null=True)
    loaded_at = models.DateTimeField(_("read at"), null=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("channel bill")
        verbose_name_plural = _("channel bills")
        ordering = ["-bill_date", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel_merchant", "bill_date", "kind", "revision"],
                name="channel_bill_unique_revision",
            ),
            models.UniqueConstraint(
                fields=["channel_merchant", "bill_date", "kind"],
                condition=Q(state__in=["loaded", "empty"]),
                name="channel_bill_one_counts",
            ),
            models.UniqueConstraint(
                fields=["channel_merchant", "bill_date", "kind", "sha256"],
                condition=~Q(sha256=""),
                name="channel_bill_same_file_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=OPEN_BILL) | Q(due_at__isnull=False),
                name="channel_bill_open_is_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="channel_bill_due"
            ),
            models.Index(fields=["merchant", "-bill_date"], name="channel_bill_by_merchant"),
            models.Index(
                fields=["state", "-id"],
                condition=~Q(state="loaded"),
                name="channel_bill_by_rare_state",
            ),
            models.Index(fields=["kind", "-id"], name="channel_bill_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_merchant} {self.bill_date} {self.get_kind_display()}"

    @property
    def told_error(self) -> str:
        """What is wrong with it, in the reader's language."""
        if not self.error:
            return ""
        told = gettext(self.error)
        return told % self.error_params if self.error_params else told

    @property
    def request(self) -> BillRequest:
        """What the channel knows it by."""
        return BillRequest(self.bill_date, BillKind(self.kind))


class BillLine(models.Model):
    """One line of a channel bill that was read; amounts in fen, none of them negative but ``fee``
    and ``change``. ``number`` is ours of what moved (payment, refund or split), ``channel_number``
    the channel's of the same. Once its bill is reconciled, a line without a difference is matched.
    """

    channel_bill = models.ForeignKey(
        ChannelBill, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, db_index=False)
    line_no = models.PositiveIntegerField(_("line"))
    movement = models.CharField(
        _("movement"), max_length=15, choices=[(one.value, one.value) for one in Movement]
    )
    number = models.CharField(_("our number"), max_length=64, blank=True)
    serial_no = models.CharField(_("serial number"), max_length=64, blank=True)
    channel_number = models.CharField(_("channel's number"), max_length=64, blank=True)
    amount = models.BigIntegerField(_("amount (fen)"), null=True)
    fee = models.BigIntegerField(_("fee (fen)"), null=True)
    change = models.BigIntegerField(_("change of the balance (fen)"), null=True)
    outcome = models.CharField(
        _("outcome"), max_length=9, choices=[(one.value, one.value) for one in Outcome]
    )
    state = models.CharField(_("state in the channel's words"), max_length=64, blank=True)
    moment = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("bill line")
        verbose_name_plural = _("bill lines")
        ordering = ["channel_bill_id", "line_no"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel_bill", "line_no"], name="bill_line_unique_number"
            ),
        ]
        indexes = [
            models.Index(fields=["number"], condition=~Q(number=""), name="bill_line_by_number"),
            models.Index(fields=["merchant", "-id"], name="bill_line_by_merchant"),
            models.Index(
                fields=["movement", "-id"],
                condition=~Q(movement="payment"),
                name="bill_line_by_rare_movement",
            ),
            models.Index(
                fields=["outcome", "-id"],
                condition=~Q(outcome="succeeded"),
                name="bill_line_by_rare_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_no} {self.number or self.channel_number}"


class Reconciliation(models.Model):
    """One run over a channel bill: what it compared and what it found. ``step`` shows how far."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        RUNNING = "running", _("running")
        DONE = "done", _("done")

    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, db_index=False, verbose_name=_("property company")
    )
    channel_bill = models.ForeignKey(
        ChannelBill,
        on_delete=models.PROTECT,
        related_name="reconciliations",
        verbose_name=_("channel bill"),
    )
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.DUE)
    step = models.CharField(_("step"), max_length=20, blank=True)
    counts = models.JSONField(_("counts"), default=dict)
    due_at = models.DateTimeField(_("due at"), null=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel_bill"],
                condition=~Q(state="done"),
                name="reconciliation_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="done") | Q(due_at__isnull=False),
                name="reconciliation_open_is_due",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="reconciliation_due"
            ),
            models.Index(fields=["merchant", "-id"], name="reconciliation_by_merchant"),
        ]

    def __str__(self) -> str:
        return str(self.channel_bill)
