"""What pages say: the words of a language by their English, and what is foreign on a page."""

import gettext
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib import admin, auth

CHINESE, ENGLISH = "zh-hans", "en"

_CATALOGUES = (
    Path(settings.BASE_DIR) / "locale",
    Path(settings.BASE_DIR) / "locale" / "theme",
    Path(admin.__file__).parent / "locale",
    Path(auth.__file__).parent / "locale",
)
"""Ours first, as Django itself looks them up."""

NAMES = frozenset(
    [
        *("Alipay", "DingTalk", "EasyPay", "English", "Excel", "Native", "UnionPay", "WeChat"),
        *("App", "AppSecret", "Ctrl", "OpenAPI", "Pay"),
        *("app", "appid", "id", "mchid", "nonce", "openid", "pid", "webhook"),
    ]
)
"""English words that are right on a Chinese page: products, keys, and words of wires."""

_IDENTIFIER = re.compile(r"\S*[\w.-]*[\d_@/:=.#\[\]{}+<>*-][\w]*\S*")
"""A number, a code, an address, something masked: what nobody translates."""
_WORD = re.compile(r"[A-Za-z]{2,}")
_CHINESE_TEXT = re.compile(r"[\u3400-\u9fff\uff01-\uff5e\u3001-\u3011]+")

VISIBLE_TEXT = """
() => {
  const skipped = "script, style, noscript, code, pre, .pc-secret, svg title, "
    + ".material-symbols-outlined, "
    + ".model-auditevent .field-what, .model-auditevent .field-object_link";
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), box = walker.currentNode.parentElement;
    if (text && !box.closest(skipped) && box.checkVisibility({visibilityProperty: true}))
      found.add(text);
  }
  for (const one of document.querySelectorAll("[placeholder], [title], input[type=submit]"))
    if (one.checkVisibility())
      for (const name of ["placeholder", "title"])
        if (one.getAttribute(name)) found.add(one.getAttribute(name));
  found.add(document.title);
  return [...found];
}
"""
"""Collects in a page what a person reads there.

The audit log keeps what was done in the words of whoever did it, in their language.
"""


@cache
def catalogue() -> dict[str, str]:
    """Return the Chinese of everything, as the compiled catalogues have it."""
    known: dict[str, str] = {}
    for folder in _CATALOGUES:
        found = gettext.translation("django", folder, languages=["zh_Hans"])
        for key, text in found._catalog.items():  # type: ignore[attr-defined]
            known.setdefault(key[0] if isinstance(key, tuple) else key, text)
    return known


def renderings(english: str, language: str) -> list[str]:
    """Return what a page may say in a language; what no catalogue knows is somebody's own word.

    A page may begin a word with a capital that its catalogue begins with a small letter.
    """
    if language == ENGLISH:
        return [english]
    small = english[:1].lower() + english[1:]
    return [catalogue()[key] for key in (english, small) if catalogue().get(key)] or [english]


def foreign_words(texts: Iterable[str], language: str, data: Iterable[str]) -> list[str]:
    """Return the texts in which something is of another language than the page.

    ``data`` are names and words that people entered, which stand on pages of either language.
    """
    own = re.compile("|".join(re.escape(word) for word in sorted(data, key=len, reverse=True)))
    judge = _english_in if language == CHINESE else _chinese_in
    return sorted({text for text in texts if judge(own.sub(" ", text))})


def _english_in(text: str) -> list[str]:
    words = _WORD.findall(_IDENTIFIER.sub(" ", text))
    return [word for word in words if word not in NAMES and not word.isupper()]


def _chinese_in(text: str) -> list[str]:
    return _CHINESE_TEXT.findall(text.replace("简体中文", ""))
