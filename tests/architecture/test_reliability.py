"""docs/reliability.md tells the truth: every test it names exists, the list is whole."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "reliability.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w/]+)::(test_\w+)`", PAGE)))
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| #")]
HEADS = ("| what | ", "| fault | ", "| what is tried | ")

ATTACKS = frozenset(
    {*range(1, 10), 11, 12, 13, *range(15, 22), *range(23, 28), 30, 31, *range(33, 36)}
    | {37, 38, 39, *range(41, 48), 49, 51, *range(52, 61), *range(62, 72), *range(73, 78)}
    | {*range(79, 92), 93, 95}
)
"""The numbers of the list of attacks; those between are not used."""


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_is_named_is_there(file: str, name: str) -> None:
    tree = ast.parse((TESTS / f"{file}.py").read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, (
        f"docs/reliability.md names {file}::{name}"
    )


def test_every_attack_of_the_list_has_its_line() -> None:
    assert {int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)} == ATTACKS


def test_every_line_names_what_tries_it_and_says_what_was_seen() -> None:
    lines = [line for line in ROWS if not line.startswith(HEADS)]
    assert len(lines) > len(ATTACKS)
    for line in lines:
        *_, tests, seen = line.strip("| ").split(" | ")
        assert "::test_" in tests, line
        assert seen, line
