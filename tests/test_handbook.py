"""The handbook says what pages say, shows what the walks see, and is alike in both languages."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.browser.pictures import NAMES
from tests.browser.words import CHINESE, ENGLISH, catalogue, renderings

HANDBOOK = Path(settings.BASE_DIR) / "docs" / "handbook"
LANGUAGES = (ENGLISH, CHINESE)
PAGES = ("index.md", "operators.md", "finance.md", "developers.md", "auditors.md")
ALL = [(language, page) for language in LANGUAGES for page in PAGES]
LARGEST_PICTURE = 400_000
"""Bytes."""
LARGEST_WIDTH = 1280

_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)]+)\)")
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
OF_THE_HANDBOOK_ITSELF = {"bold", "粗体"}


def text_of(language: str, page: str) -> str:
    """Return a page without its blocks of code."""
    return _CODE.sub("", (HANDBOOK / language / page).read_text("utf-8"))


def bold_in(language: str, page: str) -> list[str]:
    """Return the words of buttons, menus and fields, as a page names them."""
    found = (word.replace("\n", " ") for word in _BOLD.findall(text_of(language, page)))
    return [word for word in found if word not in OF_THE_HANDBOOK_ITSELF]


def anchors_of(text: str) -> set[str]:
    """Return what a link may lead to within a page, as GitHub makes it of headings."""
    titles = (title.lower() for _, title in _HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_page(language: str) -> None:
    assert sorted(path.name for path in (HANDBOOK / language).iterdir()) == sorted(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_same_parts_in_both_languages(page: str) -> None:
    parts = re.compile(r"^(#+) |^ *(\d+)\. |!\[[^\]]*\]\(\.\./images/[^/]+/([^)]+)\)", re.MULTILINE)
    english, chinese = (parts.findall(text_of(language, page)) for language in LANGUAGES)
    assert english == chinese


@pytest.mark.parametrize(("language", "page"), ALL)
def test_every_picture_is_one_that_the_walks_take_in_this_language(
    language: str, page: str
) -> None:
    for shown in _PICTURE.findall(text_of(language, page)):
        path = HANDBOOK / language / shown
        assert path.resolve().parent == (HANDBOOK / "images" / language).resolve(), shown
        assert path.stem in NAMES, f"no walk takes {shown}"
        assert path.exists(), f"{shown} is missing: run `make handbook`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_shown(language: str) -> None:
    shown = {
        Path(path).stem for page in PAGES for path in _PICTURE.findall(text_of(language, page))
    }
    kept = {path.stem for path in (HANDBOOK / "images" / language).iterdir()}
    assert shown == kept == set(NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_are_small(language: str) -> None:
    for path in (HANDBOOK / "images" / language).iterdir():
        assert path.stat().st_size <= LARGEST_PICTURE, path.name
        width = int.from_bytes(path.read_bytes()[16:20], "big")
        assert width <= LARGEST_WIDTH, path.name


@pytest.mark.parametrize(("language", "page"), ALL)
def test_links_lead_somewhere(language: str, page: str) -> None:
    for link in _LINK.findall(text_of(language, page)):
        name, _, anchor = link.partition("#")
        target = (HANDBOOK / language / name) if name else (HANDBOOK / language / page)
        assert target.exists(), link
        if anchor:
            assert anchor in anchors_of(target.read_text("utf-8")), link


@pytest.mark.parametrize("page", PAGES)
def test_english_words_of_the_screen_are_in_the_catalogue(page: str) -> None:
    known = catalogue()
    unknown = [
        word
        for word in bold_in(ENGLISH, page)
        if word not in known and word[:1].lower() + word[1:] not in known
    ]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES)
def test_chinese_words_of_the_screen_are_those_of_the_english_page(page: str) -> None:
    possible = [renderings(word, CHINESE) for word in bold_in(ENGLISH, page)]
    chinese = bold_in(CHINESE, page)
    known = {text for texts in possible for text in texts}
    assert [word for word in chinese if word not in known] == []
    assert [texts for texts in possible if not set(texts) & set(chinese)] == []
