"""The Chinese README has all that the English one has: headings, commands, rows of tables."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ENGLISH, CHINESE = "README.md", "README.zh-CN.md"
PARTS = {
    "headings": re.compile(r"^(#+) ", re.MULTILINE),
    "blocks of code": re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL),
    "first cells that are code": re.compile(r"^\| (`[^`|]+`)[^|]*\|", re.MULTILINE),
    "pictures": re.compile(r"!\[[^\]]*\]\(([^)]+)\)"),
}


def _text(name: str) -> str:
    return (Path(settings.BASE_DIR) / name).read_text("utf-8")


@pytest.mark.parametrize("part", PARTS)
def test_both_have_the_same(part: str) -> None:
    english, chinese = (PARTS[part].findall(_text(name)) for name in (ENGLISH, CHINESE))
    assert chinese == english, (
        f"{part} of {CHINESE} are not those of {ENGLISH}: "
        f"it lacks {[one for one in english if one not in chinese]}, "
        f"and should not have {[one for one in chinese if one not in english]}"
    )


@pytest.mark.parametrize(("name", "other"), [(ENGLISH, CHINESE), (CHINESE, ENGLISH)])
def test_each_leads_to_the_other(name: str, other: str) -> None:
    assert f"]({other})" in _text(name)


@pytest.mark.parametrize("name", [ENGLISH, CHINESE])
def test_links_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^):]+)\)", _text(name)):
        assert (Path(settings.BASE_DIR) / link.partition("#")[0]).exists(), link
