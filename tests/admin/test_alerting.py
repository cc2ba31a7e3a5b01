"""Robots, incidents and runbooks: secrets go in and never out, every answer has a reason."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from merchants.models import PropertyGroup
from notifications.models import Incident, Post, Robot
from paycenter.kernel.clock import now
from paycenter.operators.alerting.runbooks import read_blocks
from tests.admin.pages import address, read
from tests.admin.rows import ROBOT_SECRET, ROBOT_TOKEN
from tests.support.audit import deeds
from tests.support.fake_dingtalk import FakeDingTalk, Listener, fake_dingtalk
from transactions.models import Order

WEBHOOK = f"https://oapi.dingtalk.com/robot/send?access_token={ROBOT_TOKEN}"
FIELDS = {
    "name": "财务群",
    "group": "",
    "severities": ["warning", "critical"],
    "language": "zh-hans",
    "is_active": "on",
    "token": "",
    "secret": "",
    "keyword": "",
    "mobiles": "",
    "escalation_mobiles": "",
    "fallback": "",
    "emails": "",
}


@pytest.fixture
def english(browser: Client, order: Order) -> Client:
    """The operator's browser, in English; there is a robot and an incident."""
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def robot(english: Client) -> Robot:
    """The robot."""
    return Robot.objects.get()


@pytest.fixture
def incident(english: Client) -> Incident:
    """The incident."""
    return Incident.objects.get()


@pytest.fixture
def dingtalk(settings: Settings) -> Iterator[FakeDingTalk]:
    """DingTalk, which knows the robot."""
    settings.ALLOW_PRIVATE_URLS = True
    with fake_dingtalk() as server:
        settings.DINGTALK_URL = server.url
        server.listeners[ROBOT_TOKEN] = Listener(ROBOT_SECRET, "支付")
        yield server


def button(row: object, name: str) -> str:
    """Return the address of a row's button."""
    return address(type(row), "change", row.pk).replace("/change/", f"/{name}/")  # type: ignore[attr-defined, arg-type]


def add(browser: Client, **changes: object) -> str:
    """Send the form of a new robot; returns the page that answers."""
    answer = browser.post(address(Robot, "add"), FIELDS | changes, follow=True)
    return answer.content.decode()


def test_a_robot_is_entered_by_its_webhook(english: Client) -> None:
    page = add(
        english,
        token=WEBHOOK,
        secret=ROBOT_SECRET,
        mobiles="13800000001,13800000002",
        emails="duty@example.com",
    )
    robot = Robot.objects.get(name="财务群")
    assert robot.unseal("sealed_token") == ROBOT_TOKEN
    assert robot.unseal("sealed_secret") == ROBOT_SECRET
    assert robot.mobiles == ["13800000001", "13800000002"]
    for text in (page, read(english, address(Robot, "change", robot.pk))):
        assert ROBOT_TOKEN not in text
        assert ROBOT_SECRET not in text
        assert robot.sealed_token not in text


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("token", "", "Paste the whole address"),
        ("token", "https://oapi.dingtalk.com/robot/send", "Paste the whole address"),
        ("token", WEBHOOK[:-1], "Paste the whole address"),
        ("secret", "secret", "Paste the secret as DingTalk shows it"),
        ("mobiles", "13800000001,12", "eleven digits"),
        ("emails", "duty", "valid email"),
        ("severities", "loud", "Select a valid choice"),
    ],
)
def test_what_no_robot_has_is_refused(
    english: Client, field: str, text: str, complaint: str
) -> None:
    page = add(english, **{"token": WEBHOOK, field: text})
    assert complaint in page
    assert ROBOT_TOKEN not in page, "not even beside an error"
    assert not Robot.objects.filter(name="财务群").exists()


def test_a_new_robot_tells_of_warnings_and_worse(english: Client) -> None:
    page = read(english, address(Robot, "add"))
    boxes = re.findall(r'<input type="checkbox" name="severities" value="(\w+)"([^>]*)>', page)
    assert [value for value, rest in boxes if "checked" in rest] == ["warning", "critical"]


def test_a_blank_secret_keeps_what_is_stored(english: Client, robot: Robot) -> None:
    url = address(Robot, "change", robot.pk)
    english.post(url, FIELDS | {"name": "another name"})
    robot.refresh_from_db()
    assert robot.name == "another name"
    assert robot.unseal("sealed_token") == ROBOT_TOKEN
    assert robot.unseal("sealed_secret") == ROBOT_SECRET


def test_no_other_groups_robot_speaks_instead(english: Client, robot: Robot) -> None:
    ours, theirs = (PropertyGroup.objects.create(code=code, name=code) for code in ("a", "b"))
    Robot.objects.update(group=theirs)
    page = add(english, token=WEBHOOK, group=ours.pk, fallback=robot.pk)
    assert "Another property group reads that robot." in page
    Robot.objects.update(group=None)
    add(english, token=WEBHOOK, group=ours.pk, fallback=robot.pk)
    made = Robot.objects.get(name="财务群")
    url = address(Robot, "change", made.pk)
    answer = english.post(url, FIELDS | {"fallback": made.pk}, follow=True)
    assert "Choose another robot." in answer.content.decode()


def test_a_test_message_tells_whether_a_robot_works(
    english: Client, robot: Robot, dingtalk: FakeDingTalk
) -> None:
    Robot.objects.update(broken_since=now(), broken_why="310000 sign not match")
    assert "broken" in read(english, address(Robot, "change", robot.pk))
    assert "Everybody in the robot" in read(english, button(robot, "send_test"))
    assert dingtalk.said == [], "looking sends nothing"
    answer = english.post(button(robot, "send_test"), follow=True)
    assert "DingTalk took the message." in answer.content.decode()
    robot.refresh_from_db()
    assert robot.broken_since is None
    assert deeds().get().object_id == str(robot.pk)


def test_a_test_message_that_is_refused_shows_dingtalks_words(
    english: Client, robot: Robot, dingtalk: FakeDingTalk
) -> None:
    dingtalk.listeners[ROBOT_TOKEN] = Listener("SECother", "支付")
    answer = english.post(button(robot, "send_test"), follow=True)
    page = answer.content.decode()
    assert "310000 sign not match" in page
    assert ROBOT_TOKEN not in page
    assert Post.objects.latest("pk").outcome == "refused"


def test_an_incident_is_acknowledged_with_a_reason(english: Client, incident: Incident) -> None:
    url = button(incident, "acknowledge")
    english.post(url, {"why": ""})
    incident.refresh_from_db()
    assert incident.state == "open", "a reason is asked for"
    english.post(url, {"why": "on it"})
    incident.refresh_from_db()
    assert (incident.state, incident.acknowledged_by) == ("acknowledged", "operator")
    assert incident.acknowledged_why == "on it"
    page = read(english, address(Incident, "change", incident.pk))
    assert "on it" in page
    assert "Muted until" not in page, "only what was said is shown"
    answer = english.post(url, {"why": "again"}, follow=True)
    assert "acknowledged already" in answer.content.decode()


def test_an_incident_is_muted_for_a_while(english: Client, incident: Incident) -> None:
    english.post(button(incident, "mute"), {"why": "maintenance", "hours": "24"})
    incident.refresh_from_db()
    assert incident.muted_until is not None
    assert timedelta(hours=23) < incident.muted_until - now() <= timedelta(hours=24)
    assert (incident.muted_by, incident.muted_why) == ("operator", "maintenance")
    english.post(button(incident, "mute"), {"why": "for ever", "hours": "9999"})
    incident.refresh_from_db()
    assert incident.muted_why == "maintenance"


def test_who_may_only_look_answers_nothing(client: Client, incident: Incident) -> None:
    reader = User.objects.create(username="reader", is_staff=True)
    reader.user_permissions.add(*Permission.objects.filter(codename__startswith="view_"))
    client.force_login(reader)
    for name, form in (
        ("acknowledge", {"why": "me"}),
        ("mute", {"why": "me", "hours": "4"}),
    ):
        assert client.post(button(incident, name), form).status_code == 403
    assert client.post(button(Robot.objects.get(), "send_test")).status_code == 403


def test_a_runbook_is_a_page(english: Client, incident: Incident) -> None:
    page = read(english, reverse("runbook", args=["circuit_open"]))
    assert "<h3>" in page
    assert reverse("runbook", args=["circuit_open"]) in read(
        english, address(Incident, "change", incident.pk)
    )
    for name in ("no_such_rule", "..%2Fapi", "Circuit", "circuit_open.md"):
        assert english.get(f"/admin/runbooks/{name}/").status_code == 404


def test_a_runbook_is_for_who_may_see_alerts(client: Client, db: None) -> None:
    client.force_login(User.objects.create(username="stranger", is_staff=True))
    assert client.get(reverse("runbook", args=["circuit_open"])).status_code == 403


def test_a_runbook_has_headings_lists_and_text() -> None:
    blocks = read_blocks("# A title\n\nSome\nwords.\n\n## What to do\n\n- One\n  thing.\n- Two.\n")
    assert blocks == [
        ("heading", "A title"),
        ("text", "Some words."),
        ("heading", "What to do"),
        ("list", ["One thing.", "Two."]),
    ]
