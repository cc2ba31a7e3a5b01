"""The files of `deploy/`, read as what they are."""

import configparser
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SETTINGS = re.compile(
    r"(?:env\.\w+|required|seconds|number|choice|boolean|base_url|path_prefix|server_url|database"
    r'|os\.environ\.get)\(\s*"([A-Z_]{3,})"'
)
"""How ``paycenter.settings`` reads a setting."""


def process_types() -> dict[str, str]:
    """Return the commands of the Procfile by their names."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    pairs = (line.partition(": ") for line in lines if not line.startswith("#"))
    return {name: command for name, _, command in pairs}


def compose() -> dict[str, Any]:
    """Return compose.yaml with its anchors followed."""
    content: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return content


def unit(path: Path) -> dict[str, str]:
    """Return the [Service] settings of a unit; of a repeated one, all values in one text."""
    parser = configparser.RawConfigParser(strict=False, dict_type=_Joining)
    parser.optionxform = str  # type: ignore[method-assign, assignment] # (names keep their case)
    parser.read(path)
    return {name: value.replace("\n", " ") for name, value in parser["Service"].items()}


class _Joining(dict[str, Any]):
    """Keeps every value of a name that stands in a section more than once."""

    def __setitem__(self, name: str, value: Any) -> None:
        before = self.get(name)
        if isinstance(value, list) and isinstance(before, list):
            value = [*before, *value]
        super().__setitem__(name, value)
