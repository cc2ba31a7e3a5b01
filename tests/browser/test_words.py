"""What the walks call a word of another language."""

import pytest

from tests.browser.pictures import Pictures
from tests.browser.words import CHINESE, ENGLISH, foreign_words, renderings

DATA = {"阳光物业", "chenmin"}


@pytest.mark.parametrize(
    "text",
    ["Refunds", "退款 Approve", "The account works.", "阳光物业 was paid", "待审批 by chenmin"],
)
def test_english_on_a_chinese_page_is_foreign(text: str) -> None:
    assert foreign_words([text], CHINESE, DATA) == [text]


@pytest.mark.parametrize("text", ["退款", "Refunds 退款", "¥12.00（元）", "阳光物业公司"])
def test_chinese_on_an_english_page_is_foreign(text: str) -> None:
    assert foreign_words([text], ENGLISH, DATA) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "退款",
        "阳光物业 chenmin",
        "应用 ID",
        "WeChat Pay",
        "P2611280528584A0PH6TW6QY",
        "merchant_id",
        "https://app.example.com/notify/1",
        "2026-11-28 13:41:37",
        "CNY",
        "DVPUkD****************",
    ],
)
def test_numbers_names_and_what_people_entered_are_right_on_a_chinese_page(text: str) -> None:
    assert foreign_words([text], CHINESE, DATA) == []


@pytest.mark.parametrize("text", ["Refunds", "阳光物业: paid", "¥12.00", "简体中文"])
def test_names_that_people_entered_are_right_on_an_english_page(text: str) -> None:
    assert foreign_words([text], ENGLISH, DATA) == []


def test_a_words_chinese_is_found_whatever_letter_it_begins_with() -> None:
    assert "订单" in renderings("Orders", CHINESE)
    assert renderings("chenmin", CHINESE) == ["chenmin"]
    assert renderings("Orders", ENGLISH) == ["Orders"]


def test_a_picture_that_no_list_names_is_refused() -> None:
    with pytest.raises(ValueError, match="add it to NAMES"):
        Pictures(None).take(None, "unheard-of", ENGLISH)  # type: ignore[arg-type]
