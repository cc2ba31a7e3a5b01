"""People are told: together, not too often, again when it is over, and whatever DingTalk says."""

from datetime import timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from merchants.models import Merchant
from notifications.alerting import gathering, telling
from notifications.alerting.answering import acknowledge, mute
from notifications.alerting.claiming import IN_A_MINUTE, KEPT_FOR_CRITICAL, claim_alerts
from notifications.alerts import end_alert, raise_alert, raise_lasting
from notifications.models import Alert, Incident, Post, Robot, Telling
from paycenter.kernel.clock import now
from tests.notifications.alerting.conftest import (
    CRITICAL,
    INFO,
    WARNING,
    MakeRobot,
    pass_time,
    sweep,
    token_of,
)
from tests.support.clock import Clock
from tests.support.fake_dingtalk import FakeDingTalk
from tests.support.parties import make_merchant
from tests.support.workers import Workers

TEXT = "%(channel)s, %(whose)s: the switch has come to its end."
OVER = "%(channel)s, %(whose)s: switched on again by %(by)s."


def alert(
    rule: str = "split_failed",
    severity: Alert.Severity = WARNING,
    whose: str = "阳光",
    **more: object,
) -> Alert:
    """Raise an alert of something that happened."""
    return raise_alert(rule, TEXT, severity=severity, channel="WeChat Pay", whose=whose, **more)  # type: ignore[arg-type]


def outage(subject: str = "wechat", severity: Alert.Severity = WARNING) -> Alert:
    """Raise an alert of something that lasts."""
    return raise_lasting(
        "circuit_open",
        TEXT,
        severity=severity,
        subject=subject,
        channel="WeChat Pay",
        whose="阳光",
    )


def mended(subject: str = "wechat") -> Alert:
    """Say that it is over."""
    return end_alert(
        "circuit_closed",
        OVER,
        ends="circuit_open",
        subject=subject,
        channel="WeChat Pay",
        whose="阳光",
        by="nobody",
    )


def told(dingtalk: FakeDingTalk) -> list[str]:
    """Return what reached people."""
    return [said.text for said in dingtalk.taken]


@pytest.mark.parametrize("merchants", [1, 100, 500])
def test_500_alerts_in_a_minute_make_20_posts_at_most_and_lose_none(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers, merchants: int
) -> None:
    companies = [make_merchant(name=f"Company {number}") for number in range(merchants)]
    for number in range(500):
        company = companies[number % merchants]
        alert(severity=CRITICAL if number % 50 == 0 else WARNING, merchant_id=company.pk)
        if number % 42 == 41:
            pass_time(clock, workers, 5)
    pass_time(clock, workers, 600)
    moments = [said.at for said in dingtalk.said]
    for moment in moments:
        assert sum(moment - 60 < other <= moment for other in moments) <= 20
    assert {said.code for said in dingtalk.said} == {0}, "DingTalk never had to refuse"
    assert sum(Post.objects.values_list("alerts", flat=True)) == 500
    assert sum(Telling.objects.values_list("told_count", flat=True)) == 500
    for company in companies:
        assert any(f"**{company.name}**" in text for text in told(dingtalk))


def test_alerts_of_one_kind_and_company_are_told_together(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    merchant = make_merchant()
    for _ in range(3):
        alert(merchant_id=merchant.pk)
    sweep(workers)
    assert told(dingtalk) == [], "it waits for more of the same"
    pass_time(clock, workers, 30)
    [text] = told(dingtalk)
    assert "3 times" in text
    alert(merchant_id=merchant.pk)
    pass_time(clock, workers, 240)
    assert len(told(dingtalk)) == 1, "not again within five minutes"
    pass_time(clock, workers, 60)
    assert "4 in all, 1 new" in told(dingtalk)[1]
    pass_time(clock, workers, 900)
    assert len(told(dingtalk)) == 2


def test_what_is_over_is_told_once_to_who_heard_of_it(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    outage()
    pass_time(clock, workers, 120)
    mended()
    pass_time(clock, workers, 30)
    first, second = told(dingtalk)
    assert "Over:" not in first
    assert "Over:" in second
    assert "it took 2 minutes" in second
    assert second.startswith("### Alert "), "the keyword is in every message"
    pass_time(clock, workers, 600)
    assert len(told(dingtalk)) == 2
    assert Incident.objects.get().state == "over"


def test_what_was_over_at_once_is_told_in_no_chat(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    outage()
    pass_time(clock, workers, 10)
    mended()
    pass_time(clock, workers, 120)
    assert told(dingtalk) == []


def test_what_could_not_be_told_in_time_is_told_with_its_end(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    dingtalk.will_answer(token_of(robot), (130101, "send too fast, exceed 20 times per minute"))
    outage()
    pass_time(clock, workers, 60)
    mended()
    pass_time(clock, workers, 700, step=20)
    [text] = told(dingtalk)
    assert "Over:" in text


def test_one_end_ends_its_own_incident_only(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    outage("wechat")
    outage("alipay")
    pass_time(clock, workers, 40)
    mended("alipay")
    sweep(workers)
    assert set(Incident.objects.values_list("subject", "state")) == {
        ("wechat", "open"),
        ("alipay", "over"),
    }


def test_an_end_without_a_beginning_is_nothing(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    mended()
    pass_time(clock, workers, 60)
    assert not Incident.objects.exists()
    assert told(dingtalk) == []


def test_haste_pauses_the_robot_and_loses_nothing(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    dingtalk.will_answer(token_of(robot), (130101, "send too fast, exceed 20 times per minute"))
    alert()
    pass_time(clock, workers, 40)
    pass_time(clock, workers, 540)
    assert len(dingtalk.said) == 1, "ten minutes of silence"
    pass_time(clock, workers, 90)
    assert len(told(dingtalk)) == 1
    robot.refresh_from_db()
    assert robot.broken_since is None


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (310000, "keywords not in content"),
        (310000, "sign not match"),
        (310000, "ip 203.0.113.9 not in whitelist"),
        (300005, "token is not exist"),
        (300001, "robot not exist"),
        (400101, "token not exist"),
        (400106, "robot not exist"),
        (400102, "bot stopped"),
        (400013, "group dissolved"),
        (40035, "missing parameter"),
        (43004, "bad Content-Type"),
    ],
)
def test_a_refused_robot_is_broken_and_another_one_speaks(
    make_robot: MakeRobot,
    dingtalk: FakeDingTalk,
    clock: Clock,
    workers: Workers,
    code: int,
    text: str,
) -> None:
    other = make_robot(name="second", keyword="Pay", severities=[])
    robot = make_robot(fallback=other)
    dingtalk.will_answer(token_of(robot), (code, text))
    alert()
    pass_time(clock, workers, 60)
    robot.refresh_from_db()
    assert robot.broken_since is not None
    assert robot.broken_why == f"{code} {text}"
    assert [said.token for said in dingtalk.said if said.code] == [token_of(robot)], "no retries"
    spoken = [said for said in dingtalk.taken if "split_failed" in said.text or "阳光" in said.text]
    assert {said.token for said in spoken} == {token_of(other)}
    assert spoken[0].text.startswith("### Pay "), "the keyword of who speaks"
    assert robot.name in spoken[0].text
    broken = Incident.objects.get(rule="robot_broken")
    assert text in str(broken)


def test_who_has_no_robot_left_gets_mail(
    make_robot: MakeRobot,
    dingtalk: FakeDingTalk,
    clock: Clock,
    workers: Workers,
    settings: Settings,
) -> None:
    settings.SENDS_EMAIL = True
    robot = make_robot(emails=["duty@example.com"])
    dingtalk.listeners.clear()
    alert()
    pass_time(clock, workers, 60)
    robot.refresh_from_db()
    assert robot.broken_since is not None
    assert {letter.to[0] for letter in mail.outbox} == {"duty@example.com"}
    assert any("阳光" in letter.body for letter in mail.outbox)
    assert not any(token_of(robot) in letter.body for letter in mail.outbox)


def test_without_any_way_it_stays_due_until_the_robot_is_mended(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    listener = dingtalk.listeners.pop(token_of(robot))
    alert()
    pass_time(clock, workers, 3600, step=60)
    assert len(dingtalk.said) == 1, "a broken robot is left alone"
    dingtalk.listeners[token_of(robot)] = listener
    Robot.objects.update(broken_since=None)
    sweep(workers)
    assert any("阳光" in text for text in told(dingtalk))


@pytest.mark.parametrize(
    "answer",
    [
        (-1, "system busy"),
        (99999, "never heard of it, exceed"),
        b"<html>bad gateway</html>",
        b"[]",
        b'{"errcode": "0"}',
    ],
)
def test_what_is_no_yes_is_tried_again(
    robot: Robot,
    dingtalk: FakeDingTalk,
    clock: Clock,
    workers: Workers,
    answer: bytes | tuple[int, str],
) -> None:
    dingtalk.will_answer(token_of(robot), answer, answer)
    alert()
    pass_time(clock, workers, 30)
    assert (len(dingtalk.said), len(told(dingtalk))) == (1, 0)
    pass_time(clock, workers, 25)
    assert len(dingtalk.said) == 1, "a pause first"
    pass_time(clock, workers, 120)
    assert (len(dingtalk.said), len(told(dingtalk))) == (3, 1)
    robot.refresh_from_db()
    assert (robot.failures, robot.broken_since) == (0, None)


def test_the_gateways_own_throttle_pauses_the_robot(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    dingtalk.will_answer(token_of(robot), b'{"status":1111,"wait":5,"source":"x5","punish":"deny"}')
    alert()
    pass_time(clock, workers, 300)
    assert len(dingtalk.said) == 1
    assert Post.objects.get().outcome == "throttled"


def test_a_robot_that_fails_and_fails_is_spoken_for(
    make_robot: MakeRobot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    other = make_robot(name="second", severities=[])
    robot = make_robot(fallback=other)
    dingtalk.will_answer(token_of(robot), *[(-1, "system busy")] * 9)
    alert()
    pass_time(clock, workers, 400)
    assert {said.token for said in dingtalk.taken} == {token_of(other)}
    assert len(told(dingtalk)) == 1


def test_what_is_too_long_is_said_shorter(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    for number in range(40):
        alert(subject=str(number), whose="阳" * 100)
    dingtalk.will_answer(token_of(robot), (460101, "message too long, exceed 20000 bytes"))
    pass_time(clock, workers, 120)
    robot.refresh_from_db()
    assert (robot.broken_since, robot.paused_until) == (None, None)
    assert len(dingtalk.said[1].text) < len(dingtalk.said[0].text) / 2
    assert not Telling.objects.filter(told_count=0).exists()


def test_what_stays_too_long_is_not_said_without_end(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    dingtalk.will_answer(token_of(robot), *[(460101, "message too long")] * 99)
    alert()
    pass_time(clock, workers, 300)
    assert len(dingtalk.said) <= 8, "two tries, and a pause that grows"


def test_what_lasts_is_no_news_when_it_is_raised_again(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    for _ in range(10):
        outage()
        pass_time(clock, workers, 300, step=20)
    assert len(told(dingtalk)) == 1
    assert Incident.objects.get().count == 10
    pass_time(clock, workers, 4 * 3600, step=300)
    assert "nobody acknowledged it" in told(dingtalk)[1], "a reminder every four hours"


def test_what_gets_worse_while_it_is_being_told_is_told_again(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    outage()
    gathering.gather_alerts()
    clock.shift(40)
    claimed = claim_alerts(robot.pk)
    assert claimed is not None
    outage(severity=CRITICAL)
    gathering.gather_alerts()
    telling._note_told(claimed)
    sweep(workers)
    [text] = told(dingtalk)
    assert "critical" in text


def test_a_long_message_keeps_within_what_dingtalk_takes(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    for number in range(100):
        alert(subject=str(number), whose="阳" * 500)
    pass_time(clock, workers, 300)
    assert {said.code for said in dingtalk.said} == {0}
    assert not Telling.objects.filter(told_count=0).exists()


def test_the_last_messages_of_a_minute_are_for_critical_alerts(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    moment = now()
    for _ in range(IN_A_MINUTE):
        Post.objects.create(robot=robot, speaker=robot, kind="alerts", outcome="sent", at=moment)
    alert()
    outage(severity=CRITICAL)
    pass_time(clock, workers, 10)
    [text] = told(dingtalk)
    assert "critical" in text.lower()
    alert("other_rule")
    pass_time(clock, workers, 45)
    assert len(told(dingtalk)) == 1
    for _ in range(KEPT_FOR_CRITICAL):
        Post.objects.create(robot=robot, speaker=robot, kind="alerts", outcome="sent", at=now())
    pass_time(clock, workers, 120)
    assert len(told(dingtalk)) > 1, "and the rest when the minute is over"


def test_who_hears_of_what(
    make_robot: MakeRobot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    ours, theirs = make_merchant(name="Ours"), make_merchant(name="Theirs")
    robots = {
        "platform": make_robot(name="platform"),
        "ours": make_robot(name="ours", group=ours.group),
        "all of ours": make_robot(
            name="all of ours", group=ours.group, severities=["info", "warning", "critical"]
        ),
        "off": make_robot(name="off", is_active=False),
    }
    alert(merchant_id=ours.pk, whose="one")
    alert(merchant_id=theirs.pk, whose="two")
    alert(merchant_id=ours.pk, whose="three", severity=INFO, rule="circuit_closed")
    alert(whose="four", rule="robot_broken")
    pass_time(clock, workers, 60)
    heard = {
        name: {
            word
            for word in ("one", "two", "three", "four")
            for said in dingtalk.taken
            if said.token == token_of(robot) and f", {word}:" in said.text
        }
        for name, robot in robots.items()
    }
    assert heard == {
        "platform": {"one", "two", "four"},
        "ours": {"one"},
        "all of ours": {"one", "three"},
        "off": set(),
    }


def test_a_critical_alert_nobody_acknowledges_calls_more_people(
    make_robot: MakeRobot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    make_robot(mobiles=["13800000001"], escalation_mobiles=["13800000002"])
    alert(severity=CRITICAL)
    pass_time(clock, workers, 60)
    pass_time(clock, workers, 3600, step=30)
    called = [
        (said.document["at"]["atMobiles"], said.document["at"]["isAtAll"])
        for said in dingtalk.taken
    ]
    assert called == [
        (["13800000001"], False),
        (["13800000001", "13800000002"], False),
        (["13800000001", "13800000002"], True),
    ]
    assert "@13800000002" in told(dingtalk)[1], "else DingTalk does not show the mention"
    pass_time(clock, workers, 4 * 3600, step=300)
    assert len(told(dingtalk)) == 4, "and a reminder every four hours"
    assert not dingtalk.taken[3].document["at"]["isAtAll"]


def test_nobody_is_called_of_what_is_not_critical(
    make_robot: MakeRobot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    make_robot(mobiles=["13800000001"])
    alert()
    pass_time(clock, workers, 60)
    assert dingtalk.taken[0].document["at"] == {"atMobiles": [], "isAtAll": False}


def test_acknowledged_is_not_reminded_of(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    outage(severity=CRITICAL)
    pass_time(clock, workers, 60)
    incident = Incident.objects.get()
    assert acknowledge(incident, by="li", why="on it")
    assert not acknowledge(incident, by="wang", why="me too")
    pass_time(clock, workers, 5 * 3600, step=300)
    assert len(told(dingtalk)) == 1
    mended()
    pass_time(clock, workers, 60)
    assert "Over:" in told(dingtalk)[1]
    incident.refresh_from_db()
    assert (incident.acknowledged_by, incident.acknowledged_why) == ("li", "on it")


def test_after_an_acknowledged_event_the_next_one_is_news(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    alert(severity=CRITICAL)
    pass_time(clock, workers, 60)
    assert acknowledge(Incident.objects.get(), by="li", why="on it")
    alert(severity=CRITICAL)
    pass_time(clock, workers, 60)
    assert len(told(dingtalk)) == 2
    assert Incident.objects.filter(state="open").count() == 1


def test_muted_is_told_when_the_time_is_over(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    outage()
    sweep(workers)
    assert mute(
        Incident.objects.get(), until=now() + timedelta(hours=1), by="li", why="maintenance"
    )
    pass_time(clock, workers, 1200, step=30)
    mended()
    pass_time(clock, workers, 60)
    outage()
    pass_time(clock, workers, 1800, step=30)
    assert told(dingtalk) == [], "the next one of its kind is muted too"
    pass_time(clock, workers, 900, step=30)
    assert len(told(dingtalk)) == 1
    assert not mute(
        Incident.objects.filter(state="over").first() or Incident(), until=now(), by="li", why=""
    )


def test_worse_is_told_at_once_and_opens_again(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    outage()
    pass_time(clock, workers, 60)
    acknowledge(Incident.objects.get(), by="li", why="on it")
    outage(severity=CRITICAL)
    pass_time(clock, workers, 10)
    assert len(told(dingtalk)) == 2
    assert Incident.objects.get().state == "open"


def test_an_event_is_over_after_an_hour_of_quiet(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    alert()
    alert(rule="robot_broken", severity=CRITICAL)
    outage()
    pass_time(clock, workers, 3700, step=20)
    assert set(Incident.objects.values_list("rule", "state")) == {
        ("split_failed", "over"),
        ("robot_broken", "open"),
        ("circuit_open", "open"),
    }
    assert not any("Over:" in text for text in told(dingtalk)), "nobody said that it was mended"


def test_a_worker_that_dies_leaves_it_due(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    alert()
    sweep(workers)
    Telling.objects.update(due_at=now(), leased_until=now() + timedelta(seconds=60))
    pass_time(clock, workers, 50)
    assert told(dingtalk) == [], "somebody else says it"
    pass_time(clock, workers, 15)
    assert len(told(dingtalk)) == 1


def test_no_text_of_a_stranger_makes_a_link_or_a_mention(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers
) -> None:
    alert(whose="[pay](https://evil.example) @all\n# <b>![x](http://e)")
    pass_time(clock, workers, 60)
    [text] = told(dingtalk)
    words = text.partition("WeChat Pay, ")[2].partition(": the switch")[0]
    assert "pay" in words
    assert not [bad for bad in ("[", "]", "<", ">", "@", "#", "://", "\n") if bad in words]


def test_a_company_is_told_of_in_the_robots_language(
    make_robot: MakeRobot,
    dingtalk: FakeDingTalk,
    clock: Clock,
    workers: Workers,
) -> None:
    make_robot(language="zh-hans")
    alert()
    pass_time(clock, workers, 60)
    assert "微信支付" in told(dingtalk)[0]


def test_every_message_links_to_its_runbook(
    robot: Robot, dingtalk: FakeDingTalk, clock: Clock, workers: Workers, settings: Settings
) -> None:
    alert()
    pass_time(clock, workers, 60)
    assert f"({settings.PUBLIC_BASE_URL}/admin/runbooks/split_failed/)" in told(dingtalk)[0]


def test_a_merchant_of_no_robot_is_still_an_incident(
    clock: Clock, workers: Workers, db: None
) -> None:
    merchant: Merchant = make_merchant()
    alert(merchant_id=merchant.pk)
    sweep(workers)
    assert Incident.objects.get().count == 1
