"""The EasyPay door on the pages: opened on purpose, its key shown once, its settings to copy."""

from django.contrib.auth.models import User
from django.test import Client

from merchants.models import EasyPayDoor
from tests.admin.pages import address, every_page, read
from tests.admin.rows import Company
from tests.admin.test_application_secrets import press


def test_door_is_opened_and_its_key_shown_once(
    browser: Client, operator: User, company: Company
) -> None:
    page = press(browser, company.application, "issue_easypay_key")

    door = EasyPayDoor.objects.get(application=company.application)
    key = door.unseal("sealed_key")
    assert f'data-copy="{key}"' in page
    assert str(door.pid) in page
    for url in every_page(operator):
        assert key not in read(browser, url), url


def test_key_is_replaced_and_the_door_stays(browser: Client, company: Company) -> None:
    press(browser, company.application, "issue_easypay_key")
    former = EasyPayDoor.objects.get()
    press(browser, company.application, "issue_easypay_key")
    door = EasyPayDoor.objects.get()

    assert (door.pk, door.pid) == (former.pk, former.pid)
    assert door.unseal("sealed_key") != former.unseal("sealed_key")


def test_page_of_the_door_shows_what_the_application_enters(
    browser: Client, company: Company
) -> None:
    press(browser, company.application, "issue_easypay_key")
    door = EasyPayDoor.objects.get()

    page = read(browser, address(EasyPayDoor, "change", door.pk))

    assert f'data-copy="{door.pid}"' in page
    assert "/easypay/" in page
    assert door.unseal("sealed_private_key")[40:80] not in page
