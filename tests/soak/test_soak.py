"""The short form of ``make soak``, always with the same disasters."""

import pytest

from tests.soak.soak import soak


@pytest.mark.slow
def test_everybody_agrees_to_the_fen_after_everything_broke() -> None:
    outcome = soak(seconds=25, rate=3, seed=206, tell=print)
    assert outcome.complaints == []
    assert outcome.struck.total() > 3
    assert outcome.figures["payments succeeded"] > 0
    assert outcome.figures["refunds"] > 0
