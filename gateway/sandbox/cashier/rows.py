"""One order as every cashier page shows it, whatever its channel."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OrderRow:
    """``pay_url`` is empty once the order can no longer be paid; ``placed_at`` is for sorting."""

    merchant: str
    description: str
    serial_no: str
    fen: int
    state: str
    state_text: str
    pay_url: str
    placed_at: int

    @property
    def yuan(self) -> str:
        """The amount for people."""
        return f"{self.fen // 100}.{self.fen % 100:02d}"
