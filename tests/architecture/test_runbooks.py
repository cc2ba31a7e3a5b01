"""Every rule has its runbook, every runbook its rule, and all of them read alike."""

import re
from pathlib import Path

import pytest

from notifications.alerting.rules import TITLES, runbook_of
from paycenter.alert_rules import RULES
from paycenter.monitors.table import MONITORS
from paycenter.operators.alerting.runbooks import FOLDER, read_blocks
from transactions.invariants.verifying import INVARIANTS

ROOT = Path(__file__).parents[2]
PACKAGES = ("merchants", "notifications", "gateway", "transactions", "paycenter")
_CONSTANT = re.compile(r'^([A-Z][A-Z_]*) = "([a-z_]+)"$', re.MULTILINE)
_RAISED = re.compile(
    r"\b(?:raise_alert|raise_lasting|end_alert|_tell|_alert)\(\s*(?:[\w.]+,\s*)?"
    r'(?:"([a-z_]+)"|([A-Z][A-Z_]*))\s*,'
)


def names(folder: Path) -> set[str]:
    """Return the names of the pages in a folder."""
    return {path.stem for path in folder.glob("*.md")}


def rules_raised() -> set[str]:
    """Return every rule that the code raises an alert by, as far as it stands there by name."""
    found = {monitor.rule for monitor in MONITORS} | {rule.rule for rule in INVARIANTS}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text()
            constants = dict(_CONSTANT.findall(text))
            for word, constant in _RAISED.findall(text):
                found.add(word or constants.get(constant, constant))
    return found


def test_every_rule_that_is_raised_is_described() -> None:
    raised = rules_raised()
    assert raised >= {"circuit_open", "switch_ended", "duplicate_payment", "robot_broken"}
    assert raised <= set(RULES)
    assert set(RULES) <= raised, "and nothing is described that nobody raises"
    assert set(TITLES) == set(RULES), "robots know the words too"


@pytest.mark.parametrize("language", [".", "zh-hans"])
def test_every_rule_has_its_runbook_and_the_other_way_round(language: str) -> None:
    assert names(FOLDER / language) == {runbook_of(rule) for rule in RULES}


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.md")), ids=lambda path: path.stem)
def test_every_runbook_says_what_where_how_and_until_when(path: Path) -> None:
    kinds = [kind for kind, _ in read_blocks(path.read_text())]
    assert kinds == ["heading", "heading", "text", *["heading", "list"] * 2, "heading", "text"]
