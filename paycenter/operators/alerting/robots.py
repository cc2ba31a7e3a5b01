"""DingTalk robots: entered once, their secrets sealed, tested by a message."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from notifications.alerting.claiming import is_paused
from notifications.alerting.daily import send_test
from notifications.alerting.dingtalk import TOKEN
from notifications.models import Alert, Post, Robot
from notifications.models.robots import usual_severities
from paycenter.kernel.clock import now
from paycenter.operators import columns
from paycenter.operators.base import RecordAdmin, SetupAdmin
from paycenter.operators.confirm import Question, ask, done, refused, row_or_404
from paycenter.operators.fields import WriteOnlyTextInput
from paycenter.operators.merchants.list_form import ListForm
from paycenter.operators.theme import (
    AutocompleteSelectFilter,
    ChoicesCheckboxFilter,
    RangeDateTimeFilter,
    action,
)
from paycenter.operators.words import POST_KINDS, POST_OUTCOMES


class RobotForm(ListForm):
    """The token and the secret are written, never read: blank keeps what is stored."""

    list_fields = ("mobiles", "escalation_mobiles", "emails")

    severities = forms.MultipleChoiceField(
        label=_("Severities"),
        choices=Alert.Severity.choices,
        initial=usual_severities,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What it tells at once. All else is in its daily report only."),
    )
    token = forms.CharField(
        label=_("Webhook"),
        required=False,
        max_length=300,
        widget=WriteOnlyTextInput(attrs={"autocomplete": "off"}),
        help_text=_("The address DingTalk shows. It is sealed at once and never shown again."),
    )
    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        max_length=100,
        widget=WriteOnlyTextInput(attrs={"autocomplete": "off"}),
        help_text=_("It begins with SEC. Blank where the robot does not check signatures."),
    )

    def clean_token(self) -> str:
        """Take the token out of the address. Blank only where one is stored."""
        text = self.cleaned_data["token"].strip()
        if not text and self.instance.sealed_token:
            return ""
        token: str = parse_qs(urlsplit(text).query).get("access_token", [text])[0]
        if not TOKEN.fullmatch(token):
            raise forms.ValidationError(
                _("Paste the whole address that DingTalk shows for the robot.")
            )
        return token

    def clean_secret(self) -> str:
        """Refuse what is no secret of a robot."""
        secret: str = self.cleaned_data["secret"].strip()
        if secret and not (secret.startswith("SEC") and secret.isalnum()):
            raise forms.ValidationError(_("Paste the secret as DingTalk shows it: SEC…"))
        return secret


@admin.register(Robot)
class RobotAdmin(SetupAdmin):
    """Robots, what they tell and to whom, and how they do."""

    form = RobotForm
    list_display = ("name", "group", "state_label", "language", "is_active")
    list_select_related = ("group",)
    list_filter = ("is_active", ("group", AutocompleteSelectFilter))
    search_fields = ("name",)
    autocomplete_fields = ("group", "fallback")
    fixed_fields = ("group",)
    fieldsets = (
        (None, {"fields": ("name", "group", "severities", "language", "is_active")}),
        (_("At DingTalk"), {"fields": ("token", "secret", "keyword")}),
        (_("Critical alerts"), {"fields": ("mobiles", "escalation_mobiles")}),
        (_("If it does not work"), {"fields": ("fallback", "emails")}),
        (_("How it does"), {"fields": ("state_label", "broken_why", "next_report")}),
    )
    readonly_fields = ("state_label", "broken_why", "next_report")
    actions_detail = ("send_test",)

    next_report = columns.moment_column("daily_due_at", _("next daily report"))

    @admin.display(description=_("state"))
    def state_label(self, robot: Robot) -> str:
        """Say whether it gets through."""
        if robot.broken_since is not None:
            return columns.label(_("broken"), "bad")
        if is_paused(robot, now()):
            return columns.label(_("paused"), "care")
        return columns.label(_("works"), "good")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out how it does while it is being entered."""
        sections = super().get_fieldsets(request, obj)
        return sections if obj else sections[:-1]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Seal what was entered, and keep what was left blank."""
        for name in ("token", "secret"):
            if form.cleaned_data.get(name):
                obj.seal(f"sealed_{name}", form.cleaned_data[name])
        super().save_model(request, obj, form, change)

    def has_test_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change robots may try one."""
        del object_id
        return request.user.has_perm("notifications.change_robot")

    @action(description=_("Send a test message"), icon="send", permissions=["test"])
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have the robot say that it works; one that does is not broken any more."""
        robot = row_or_404(self, request, object_id)
        if request.method != "POST":
            return ask(self, request, robot, TEST)
        answer = send_test(robot)
        if answer is None:
            return refused(request, robot, _("It must wait: too many messages in a minute."))
        if answer.outcome != Post.Outcome.SENT:
            said = f"{answer.code if answer.code is not None else ''} {answer.text}".strip()
            return refused(request, robot, _("It did not get through: %(said)s") % {"said": said})
        self.log_change(request, robot, str(_("Sent a test message.")))
        return done(request, robot, _("DingTalk took the message."))


TEST = Question(
    title=_("Send a test message"),
    text=_("Everybody in the robot's chat sees it."),
    button=_("Send it"),
)


@admin.register(Post)
class PostAdmin(RecordAdmin):
    """Every message that was sent to people."""

    list_display = (
        "sent",
        "robot",
        "by",
        "kind_word",
        "outcome_label",
        "incidents",
        "alerts",
        "answer",
    )
    list_select_related = ("robot", "speaker")
    list_filter = (
        ("robot", AutocompleteSelectFilter),
        ("outcome", ChoicesCheckboxFilter),
        ("at", RangeDateTimeFilter),
    )
    fields = ("sent", "robot", "by", "kind_word", "outcome_label", *list_display[5:], "code")
    readonly_fields = ("sent", "by", "kind_word", "outcome_label")

    sent = columns.moment_column("at", _("sent at"))
    kind_word = columns.word_column("kind", _("kind"), POST_KINDS)
    outcome_label = columns.label_column("outcome", _("outcome"), POST_OUTCOMES)

    @admin.display(description=_("sent by"))
    def by(self, post: Post) -> str:
        """Say who sent it: a robot, or a mail server."""
        return str(post.speaker or _("e-mail"))
