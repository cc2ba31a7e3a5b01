"""Reading one row by what is unique about it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchants.models import PropertyGroup
from paycenter.kernel.rows import find

pytestmark = pytest.mark.django_db


def test_the_only_row_is_found() -> None:
    group = PropertyGroup.objects.create(code="north", name="North")
    assert find(PropertyGroup.objects.filter(name="North")) == group


def test_no_row_is_none() -> None:
    assert find(PropertyGroup.objects.filter(name="North")) is None


def test_several_rows_are_an_error_instead_of_a_guess() -> None:
    PropertyGroup.objects.create(code="north", name="North")
    PropertyGroup.objects.create(code="south", name="South")
    with pytest.raises(PropertyGroup.MultipleObjectsReturned):
        find(PropertyGroup.objects.all())


def test_nothing_is_sorted() -> None:
    with CaptureQueriesContext(connection) as statements:
        find(PropertyGroup.objects.order_by("name"))
    assert "ORDER BY" not in statements[0]["sql"]
