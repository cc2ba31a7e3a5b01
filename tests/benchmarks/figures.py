"""What a measurement gave, and the medians over its rounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Figures:
    """One measurement of one phase.

    ``latencies`` are seconds, one per operation; ``cpu`` is the processor time in seconds that each
    kind of process used for all of them together, ``sender`` that of the clients.
    """

    seconds: float
    latencies: Sequence[float] = field(repr=False)
    cpu: Mapping[str, float] = field(default_factory=dict)
    sender: float = 0.0

    @property
    def count(self) -> int:
        """How many operations were done."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Operations per second."""
        return self.count / self.seconds

    def percentile(self, percent: int) -> float:
        """Return the latency in milliseconds that so many percent of the operations kept."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]

    def cpu_each(self, *kinds: str) -> float:
        """Return the milliseconds of processor time per operation, of all kinds or of these."""
        return 1000 * sum(self.cpu[kind] for kind in kinds or self.cpu) / self.count


@dataclass
class Series:
    """The rounds of one phase. ``bare`` is the series its rate is compared with."""

    label: str
    bare: "Series | None" = None
    rounds: list[Figures] = field(default_factory=list)

    def rate(self) -> float:
        """Return the median rate."""
        return median(figures.rate for figures in self.rounds)

    def spread(self) -> float:
        """Return how far the rates of the rounds lie apart, as a part of their median."""
        rates = [figures.rate for figures in self.rounds]
        return (max(rates) - min(rates)) / median(rates)

    def percentile(self, percent: int) -> float:
        """Return the median over the rounds of one percentile, in milliseconds."""
        return median(figures.percentile(percent) for figures in self.rounds)

    def sender_share(self) -> float:
        """Return the median part of one core that the clients used."""
        return median(figures.sender / figures.seconds for figures in self.rounds)

    def cpu_each(self, *kinds: str) -> float:
        """Return the median of the milliseconds of processor time per operation."""
        return median(figures.cpu_each(*kinds) for figures in self.rounds)
