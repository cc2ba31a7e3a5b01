"""A page or button of no row is not found, whatever stands in its address."""

from collections.abc import Iterator

import pytest
from django.db.models import Model
from django.test import Client

from tests.admin.pages import registered

NOBODY = ("999999999", "9" * 40, "abc", "1'", "None")
OF_DJANGO = ("change", "delete", "history", "password")


def _about_a_row() -> Iterator[tuple[type[Model], str]]:
    """Return what follows a row's id in the address of each page and button."""
    for model, pages in registered():
        for pattern in pages.get_urls():
            before, _, name = str(pattern.pattern).strip("/").rpartition("/")
            if before == "<path:object_id>":
                yield model, name


def _answers(browser: Client, model: type[Model], name: str) -> set[int]:
    meta = model._meta
    urls = [f"/admin/{meta.app_label}/{meta.model_name}/{each}/{name}/" for each in NOBODY]
    return {ask(url).status_code for url in urls for ask in (browser.get, browser.post)}


PAGES = [page for page in _about_a_row() if page[1] in OF_DJANGO]
BUTTONS = [page for page in _about_a_row() if page[1] not in OF_DJANGO]


@pytest.mark.parametrize(("model", "name"), BUTTONS)
def test_button_of_no_row_is_not_found(browser: Client, model: type[Model], name: str) -> None:
    assert _answers(browser, model, name) == {404}


@pytest.mark.parametrize(("model", "name"), PAGES)
def test_page_of_no_row_is_not_there(browser: Client, model: type[Model], name: str) -> None:
    """What may be changed leads to the first page with a word of it; nothing else is found."""
    assert _answers(browser, model, name) <= {302, 403, 404}


def test_every_button_is_tried() -> None:
    names = {name for _, name in BUTTONS}
    assert {"return_it", "keep_it", "propose", "retire_secret", "lift", "payment_code"} <= names
