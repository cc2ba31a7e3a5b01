"""Pages are Chinese unless a person chose English, and every text of ours has its Chinese."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation.template import templatize

from gateway.contract import Channel
from gateway.registry import CHANNELS
from tests.admin.pages import read

OWN = Path(settings.BASE_DIR) / "locale"
THEME = OWN / "theme"
SOURCES = ("paycenter", "merchants", "notifications", "gateway", "transactions")
GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "now_in"}
COMPLAINTS = {"ConfigurationError", "NothingToVerifyWith", "AccountRefused"}
NOT_OURS = ("gateway/sandbox", "templates/sandbox")  # a program with a catalogue of its own


def catalogue(folder: Path) -> dict[str, str]:
    """Return what the compiled catalogue knows: what pages really use."""
    found = gettext.translation("django", folder, languages=["zh_Hans"])
    known: dict[str, str] = {}
    for key, text in found._catalog.items():  # type: ignore[attr-defined]
        known[key[0] if isinstance(key, tuple) else key] = text
    return known


def texts_in_code(source: str) -> Iterator[str]:
    """Return the literal texts that a module hands to gettext."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in GETTEXT and node.args and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def own_texts() -> set[str]:
    """Return every text of our code and templates that is to be translated."""
    root = Path(settings.BASE_DIR)
    texts: set[str] = set()
    for package in SOURCES:
        for path in (root / package).rglob("*.py"):
            if not path.relative_to(root).as_posix().startswith(NOT_OURS):
                texts.update(texts_in_code(path.read_text()))
    for path in (root / "templates").rglob("*.html"):
        if not path.relative_to(root).as_posix().startswith(NOT_OURS):
            # Django turns a template into something that reads as Python for xgettext.
            calls = re.findall(
                r"gettext\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", templatize(path.read_text())
            )
            texts.update(ast.literal_eval(call) for call in calls)
    return texts


def test_every_text_of_ours_has_its_chinese() -> None:
    known = catalogue(OWN)
    assert len(own_texts()) > 400
    assert sorted(text for text in own_texts() if not known.get(text)) == []


def labels_of(channel: Channel) -> Iterator[str]:
    """Return what a channel calls its credentials, its options and their choices."""
    yield from (kind.label for kind in channel.credential_kinds)
    for option in channel.options:
        yield option.label
        yield from (label for _, label in option.choices if not label.isdecimal())


def test_no_code_of_ours_is_called_what_the_payer_shows() -> None:
    """In China 付款码 is the barcode on the payer's own phone, which a cashier scans."""
    assert [text for text in catalogue(OWN).values() if "付款码" in text] == []


def test_what_channels_call_things_has_its_chinese() -> None:
    known = catalogue(OWN)
    labels = [label for channel in CHANNELS.values() for label in labels_of(channel)]
    assert sorted(text for text in labels if not known.get(text)) == []


def unmarked(source: str) -> Iterator[str]:
    """Return complaints about an account whose text no catalogue would hear of."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        texts = (ast.Constant, ast.JoinedStr, ast.BinOp)
        if node.func.id in COMPLAINTS and node.args and isinstance(node.args[0], texts):
            yield ast.unparse(node)


def test_complaints_about_an_account_are_marked_for_translation() -> None:
    assert list(unmarked("raise ConfigurationError(f'{name} is short')"))
    root = Path(settings.BASE_DIR)
    sources = [*(root / "gateway").rglob("*.py"), *(root / "paycenter" / "kernel").glob("*.py")]
    assert [text for path in sources for text in unmarked(path.read_text())] == []


@pytest.mark.parametrize("folder", [OWN, THEME])
def test_no_translation_is_fuzzy_blank_or_left_over(folder: Path) -> None:
    source = (folder / "zh_Hans" / "LC_MESSAGES" / "django.po").read_text()
    assert "#, fuzzy" not in source
    assert "\n#~" not in source
    blank = re.findall(
        r'^msgid "[^"]+"\n(?:msgid_plural .*\n)?msgstr(?:\[0\])? ""\n\n', source, re.M
    )
    assert blank == []


@pytest.mark.parametrize("folder", [OWN, THEME])
def test_the_compiled_catalogue_is_of_this_source(folder: Path) -> None:
    source = (folder / "zh_Hans" / "LC_MESSAGES" / "django.po").read_text()
    assert len(catalogue(folder)) == len(re.findall(r"^msgid ", source, re.M))


@pytest.mark.parametrize("folder", [OWN, THEME])
def test_a_translation_keeps_the_places_of_its_values(folder: Path) -> None:
    places = re.compile(r"%\(\w+\)s|%s")
    for text, chinese in catalogue(folder).items():
        if text:
            assert sorted(places.findall(text)) == sorted(places.findall(chinese)), text


def test_what_the_browser_prefers_is_not_asked(client: Client, db: None) -> None:
    answer = client.get(reverse("admin:login"), headers={"Accept-Language": "en-US,en"})
    assert answer.headers["Content-Language"] == "zh-hans"
    assert "用户名" in answer.content.decode()


def test_a_person_may_choose_english_and_chinese_again(browser: Client) -> None:
    for language, word in (("en", "Overview"), ("zh-hans", "概览")):
        browser.post(reverse("set_language"), {"language": language, "next": "/admin/"})
        assert f">{word}<" in read(browser, reverse("admin:index")).replace("\n", "").replace(
            "  ", ""
        )


@pytest.mark.parametrize("language", ["fr", "zh-hans'--", "../../etc", ""])
def test_an_unknown_language_is_chinese(client: Client, db: None, language: str) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert client.get(reverse("admin:login")).headers["Content-Language"] == "zh-hans"


def test_a_page_is_kept_apart_by_language(client: Client, db: None) -> None:
    assert "Cookie" in client.get(reverse("admin:login")).headers["Vary"]
