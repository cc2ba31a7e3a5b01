"""The README names every setting there is."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_READ = re.compile(
    r'(?:env\.\w+|required|seconds|number|choice|base_url|path_prefix|os\.environ\.get)\(\s*"([A-Z_]{3,})"',
    re.MULTILINE,
)


def test_every_setting_stands_in_the_readme() -> None:
    """A setting nobody can read about is a trap."""
    settings = set(_READ.findall((ROOT / "paycenter" / "settings.py").read_text()))
    assert len(settings) >= 15
    readme = (ROOT / "README.md").read_text()
    assert not {name for name in settings if f"`{name}`" not in readme}
