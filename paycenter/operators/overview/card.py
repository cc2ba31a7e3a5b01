"""One figure of the first page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """One figure, a remark below it, and where it leads."""

    title: str
    figure: str
    remark: str
    url: str
    is_alarming: bool = False
