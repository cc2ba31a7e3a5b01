"""The drawings of the first page, as numbers for inline SVG: nothing is computed in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass

from paycenter.operators.columns import percent
from transactions.tallies.reading import Figures

WIDTH, HEIGHT = 640, 200
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 12, 24
"""What is left around the curve for its scales."""

HOURS = 24
_STEPS = (1, 2, 5, 10)
_YUAN = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour of the day, with what it took the day before for the table below the drawing."""

    hour: str
    x: float
    y: float
    width: float
    height: float
    taken: int
    before: int
    is_begun: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of a scale and its text."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """What was taken by hour: bars for the day, a line for the day before."""

    bars: Sequence[Bar]
    line: str
    amounts: Sequence[Tick]
    hours: Sequence[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the funnel: how many came so far, and which share of all."""

    code: str
    count: int
    share: str
    width: float


def draw_curve(hours: Sequence[Figures], before: Sequence[Figures]) -> Curve:
    """Draw what the hours of a day took; ``hours`` may end before the day does."""
    taken = [figures.taken for figures in hours]
    earlier = [figures.taken for figures in before]
    top = _round_up(max([*taken, *earlier, _YUAN]))
    step = (WIDTH - LEFT - RIGHT) / HOURS
    inner = HEIGHT - TOP - BOTTOM

    def place(fen: int) -> float:
        return round(TOP + inner * (1 - fen / top), 1)

    bars = []
    for number, past in enumerate(earlier):
        now = taken[number] if number < len(taken) else 0
        bars.append(
            Bar(
                hour=f"{number:02d}:00",
                x=round(LEFT + step * number + step * 0.15, 1),
                y=place(now),
                width=round(step * 0.7, 1),
                height=round(inner * now / top, 1),
                taken=now,
                before=past,
                is_begun=number < len(taken),
            )
        )
    points = (
        f"{LEFT + step * (number + 0.5):.1f},{place(past)}" for number, past in enumerate(earlier)
    )
    return Curve(
        bars=bars,
        line=" ".join(points),
        amounts=[Tick(place(fen), f"¥{fen // _YUAN:,}") for fen in (0, top // 2, top)],
        hours=[Tick(round(LEFT + step * (n + 0.5), 1), f"{n:02d}:00") for n in range(0, HOURS, 4)],
    )


def draw_funnel(figures: Figures) -> list[Stage]:
    """Draw how many attempts came how far."""
    stages = {"opened": figures.opened, "sent": figures.sent, "succeeded": figures.succeeded}
    whole = figures.opened
    return [
        Stage(code, count, percent(count, whole), round(100 * count / whole, 1) if whole else 0)
        for code, count in stages.items()
    ]


def _round_up(fen: int) -> int:
    """Return the next amount that is 2, 4, 10 or 20 times a power of ten: its half is round too."""
    power = 2 * _YUAN
    while True:
        for step in _STEPS:
            if fen <= power * step:
                return power * step
        power *= 10
