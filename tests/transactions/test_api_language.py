"""Who reads the API's refusals writes programs: they are in English, whatever pages speak."""

from tests.support.desk import Desk


def test_refusals_are_in_english_whatever_language_the_pages_have(desk: Desk) -> None:
    answer = desk.pay("A1", subject="")
    assert answer.status == 400
    (error,) = answer.body["errors"]
    assert error["detail"] == "This field may not be blank."
