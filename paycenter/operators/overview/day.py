"""A business day beside the one before: by channel, by hour, and up to the same time of day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from merchants.channels import NAMES
from paycenter.kernel.clock import BUSINESS_ZONE
from paycenter.kernel.money import format_yuan
from paycenter.kernel.reporting import PRIMARY
from paycenter.operators.columns import EMPTY, percent
from transactions.tallies.counting import HOUR, hour_of
from transactions.tallies.reading import Figures, Found, read_figures

DAY = timedelta(days=1)
HOURS = 24


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """One channel's day, and what the day before had by the same time."""

    channel: str
    now: Figures
    before: Figures

    @property
    def name(self) -> str:
        """The channel's name."""
        return str(NAMES.get(self.channel, self.channel))

    @property
    def rate(self) -> str:
        """The share of decided attempts that succeeded."""
        return percent(self.now.succeeded, self.now.decided)

    @property
    def rate_before(self) -> str:
        """The same of the day before."""
        return percent(self.before.succeeded, self.before.decided)

    @property
    def change(self) -> str:
        """How much more or less was taken."""
        return change(self.now.taken, self.before.taken)


@dataclass(frozen=True, slots=True)
class Day:
    """``hours`` and ``hours_before`` are all channels together, by hour of the business day.

    Hours that have not begun are left out; of the day before there are all.
    """

    channels: Sequence[ChannelDay]
    hours: Sequence[Figures]
    hours_before: Sequence[Figures]
    is_over: bool

    @property
    def now(self) -> Figures:
        """All channels together."""
        return sum((each.now for each in self.channels), Figures())

    @property
    def before(self) -> Figures:
        """All channels together, the day before by the same time."""
        return sum((each.before for each in self.channels), Figures())


def read_day(
    accounts: Sequence[int], day: date, moment: datetime, *, database: str = PRIMARY
) -> Day:
    """Return a day of some accounts up to a moment; two statements."""
    midnight = datetime.combine(day, time(), BUSINESS_ZONE).astimezone(UTC)
    end = min(moment.replace(microsecond=0) + timedelta(seconds=1), midnight + DAY)
    part = (hour_of(end) - DAY, end - DAY)
    parts = [part] if part[0] < part[1] else []
    found = read_figures(accounts, (midnight - DAY, end), parts, database=database)
    whole = {key: figures for key, figures in found.items() if key[0] not in parts}
    compared = {
        key: figures
        for key, figures in found.items()
        if key[0][0] >= midnight or key[0][1] <= end - DAY
    }
    begun = -(-(end - midnight) // HOUR)
    return Day(
        channels=_channels(compared, midnight),
        hours=_hours(whole, midnight, begun),
        hours_before=_hours(whole, midnight - DAY, HOURS),
        is_over=end == midnight + DAY,
    )


def _channels(found: Found, midnight: datetime) -> list[ChannelDay]:
    sums: dict[str, list[Figures]] = defaultdict(lambda: [Figures(), Figures()])
    for ((start, _), channel), figures in found.items():
        sums[channel][start < midnight] += figures
    return [ChannelDay(channel, *both) for channel, both in sorted(sums.items())]


def _hours(found: Found, midnight: datetime, count: int) -> list[Figures]:
    sums = [Figures()] * count
    for ((start, _), _channel), figures in found.items():
        number = (start - midnight) // HOUR
        if 0 <= number < count:
            sums[number] += figures
    return sums


def change(now: int, before: int) -> str:
    """Write how much more or less something is: ``+12.5%``; a dash where nothing was before."""
    if not before:
        return EMPTY
    sign = "-" if now < before else "+"
    return f"{sign}{percent(abs(now - before), before)}"


def yuan(fen: int) -> str:
    """Write an amount as a figure."""
    return f"¥{format_yuan(fen)}"
