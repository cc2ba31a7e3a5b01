"""Adding a channel is a folder, a line in the registry and a contract test; nothing else."""

import ast
from pathlib import Path

import pytest

from gateway.registry import CHANNELS
from tests.contract.channel_contract import ChannelContract

ROOT = Path(__file__).resolve().parents[2]
FREE_TO_NAME = (
    "gateway/channels/",
    "gateway/registry.py",
    "gateway/sandbox/",
    "paycenter/local/",
    "paycenter/sandbox_",
    "transactions/api/examples.py",
    "transactions/easypay_door/",
    "merchants/doors.py",
    "merchants/models/doors.py",
    "merchants/models/security.py",
    "paycenter/settings.py",
)
"""The channels themselves, what plays or shows them, and the door that speaks EasyPay."""


def _sources() -> list[Path]:
    packages = ("merchants", "notifications", "gateway", "transactions", "paycenter")
    found = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def _names_a_channel(source: str) -> bool:
    """Whether the code branches on a channel: a string that is exactly a channel's code."""
    nodes = ast.walk(ast.parse(source))
    return any(isinstance(node, ast.Constant) and node.value in CHANNELS for node in nodes)


def test_nothing_outside_the_channels_knows_one_by_name() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in _sources()
        if not str(path.relative_to(ROOT)).startswith(FREE_TO_NAME)
        and _names_a_channel(path.read_text())
    ]
    assert naming == []


@pytest.mark.parametrize("code", sorted(CHANNELS))
def test_every_channel_is_a_folder_with_a_contract_test(code: str) -> None:
    assert type(CHANNELS[code]).__module__ == f"gateway.channels.{code}.channel"
    suite = ROOT / "tests" / "contract" / f"test_{code}_contract.py"
    bases = [
        ast.unparse(base)
        for node in ast.walk(ast.parse(suite.read_text()))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    ]
    assert ChannelContract.__name__ in bases
