"""What must hold, as SQL that finds where it does not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """``sql`` selects one text per row in which ``words`` is not true, and nothing where it is.

    ``number`` is the rule's in the list of invariants (I1 to I10) where it has one. The SQL may use
    the ``WITH`` queries and parameters of ``transactions.invariants.window``, and ``steps``:
    further ``WITH`` queries, each after a comma.
    """

    name: str
    words: str
    sql: str
    number: str = ""
    steps: str = ""

    @property
    def rule(self) -> str:
        """The rule of the alert that it is broken."""
        return f"broken_{self.name}"
