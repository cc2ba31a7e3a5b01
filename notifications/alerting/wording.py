"""What a message says: incidents of one rule together, worst first, in the robot's language.

Texts hold what strangers entered (titles of orders, words of channels). None of it may become a
link, a picture or a mention, so the characters that could make one are replaced by their wide
twins. DingTalk takes 20000 bytes; a message ends well before, and what has no room in it waits for
the next one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from notifications.alerting.dingtalk import Message
from notifications.alerting.rules import runbook_url, title_of
from notifications.alerting.timing import step_at
from notifications.models import Alert, Robot, Telling

MOST_BYTES = 16_000
FEWER_BYTES = 4_000
"""For the second try, when DingTalk found the first one too long."""
MOST_TOLD = 40
"""Incidents in one message."""
_LINE_LENGTH = 400

_WIDE = str.maketrans("[]<>*`@#|", "［］＜＞＊｀＠＃｜", "\x00\r")
_WORST_FIRST = [Alert.Severity.CRITICAL, Alert.Severity.WARNING, Alert.Severity.INFO]
_HARMLESS = (("://", "：//"), ("\n", " "))


@dataclass(frozen=True, slots=True)
class Worded:
    """A message, and the tellings it has room for."""

    message: Message
    told: Sequence[Telling]


def harmless(text: str) -> str:
    """Return a text that makes nothing but text of itself, on one line."""
    for dangerous, twin in _HARMLESS:
        text = text.replace(dangerous, twin)
    return text.translate(_WIDE)[:_LINE_LENGTH]


def word_alerts(
    robot: Robot,
    tellings: Iterable[Telling],
    moment: datetime,
    *,
    speaker: Robot | None,
    most_bytes: int = MOST_BYTES,
) -> Worded:
    """Write one message about as many incidents as it has room for, at least one.

    ``speaker`` sends it to the readers of ``robot``; None is an e-mail.
    """
    waiting = sorted(tellings, key=_place)
    with override(robot.language):
        told = waiting[:MOST_TOLD]
        message = _message(robot, speaker, told, moment)
        while len(message.body) > most_bytes and len(told) > 1:
            told = told[: len(told) // 2]
            message = _message(robot, speaker, told, moment)
    return Worded(message, told)


def _place(telling: Telling) -> tuple[bool, int, str, int]:
    """What is over last, worst first, one rule together."""
    incident = telling.incident
    rank = _WORST_FIRST.index(Alert.Severity(incident.severity))
    return incident.was_mended, rank, incident.rule, incident.pk


def _message(
    robot: Robot, speaker: Robot | None, told: Sequence[Telling], moment: datetime
) -> Message:
    sections = [
        _section(list(same), moment)
        for _, same in groupby(told, key=lambda telling: _place(telling)[:3])
    ]
    urgent = [telling for telling in told if is_urgent(telling)]
    step = max((_call(telling, moment) for telling in urgent), default=0)
    mobiles = [*robot.mobiles, *(robot.escalation_mobiles if step else ())] if urgent else []
    return titled(
        robot,
        _headline(told),
        "\n\n".join(sections),
        speaker=speaker,
        mobiles=mobiles,
        everybody=step > 1,
    )


def is_urgent(telling: Telling) -> bool:
    """Whether somebody must look at once: critical, and nobody has acknowledged it."""
    return telling.incident.is_critical and telling.incident.is_open


def _call(telling: Telling, moment: datetime) -> int:
    """Return who is called now: the second people and everybody are called once."""
    step = step_at(telling.incident, telling, moment)
    return step if step > telling.step else 0


def titled(
    robot: Robot,
    title: str,
    text: str,
    *,
    speaker: Robot | None,
    mobiles: Sequence[str] = (),
    everybody: bool = False,
) -> Message:
    """Put the speaker's keyword before a title and its text: without it DingTalk takes nothing.

    Whoever speaks for another robot says so.
    """
    headline = f"{speaker.keyword if speaker else ''} {title}".strip()
    lines = [f"### {headline}", text]
    if speaker != robot:
        note = _("For the readers of the robot %(robot)s, which does not get through.")
        lines.insert(1, note % {"robot": harmless(robot.name)})
    return Message(headline, "\n\n".join(lines), mobiles, everybody)


def _headline(told: Sequence[Telling]) -> str:
    """Say in the push message what it is about: the worst, and how much else there is."""
    first = told[0].incident
    title = title_of(first.rule)
    if first.was_mended:
        headline = _("Over: %(title)s") % {"title": title}
    else:
        severity = Alert.Severity(first.severity).label
        headline = f"{severity}: {title}"
    return headline + (f" (+{len(told) - 1})" if len(told) > 1 else "")


def _section(tellings: Sequence[Telling], moment: datetime) -> str:
    first = tellings[0].incident
    title = title_of(first.rule)
    if first.was_mended:
        head = "#### " + _("Over: %(title)s") % {"title": title}
    else:
        page = f"[{_('what to do')}]({runbook_url(first.rule)})"
        head = f"#### {Alert.Severity(first.severity).label} · {title} · {page}"
    return "\n".join([head, *(_line(telling, moment) for telling in tellings)])


def _line(telling: Telling, moment: datetime) -> str:
    incident = telling.incident
    alert = incident.closing or incident.newest
    whose = f"**{harmless(incident.merchant.name)}** " if incident.merchant else ""
    remarks = "; ".join(_remarks(telling, moment))
    page = _("page")
    return f"- {whose}{harmless(alert.told)} ({remarks}) [{page}]({incident.page})"


def _remarks(telling: Telling, moment: datetime) -> Iterable[str]:
    """Say how often and how long, and whether people were told before."""
    incident = telling.incident
    yield localtime(incident.first_at).strftime("%m-%d %H:%M:%S")
    if incident.count > 1:
        news = {"count": incident.count, "new": incident.count - telling.told_count}
        yield (
            _("%(count)s in all, %(new)s new") % news
            if telling.told_count
            else str(ngettext("%(count)s time", "%(count)s times", incident.count) % news)
        )
    if incident.over_at and incident.was_mended:
        yield _("it took %(span)s") % {"span": _span(incident.over_at - incident.first_at)}
    elif telling.told_count and incident.is_open:
        yield _("since %(span)s, nobody acknowledged it") % {
            "span": _span(moment - incident.first_at)
        }


def _span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    if seconds < 60:
        return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}
    minutes = seconds // 60
    if minutes < 120:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    return ngettext("%(count)s hour", "%(count)s hours", minutes // 60) % {"count": minutes // 60}
