"""Sealed fields of a model: bound to model, row and field, whoever copies them about."""

import pytest
from pytest_django import Settings

from merchants.models import Application, ApplicationKey, StoredCredential
from paycenter.kernel.sealing import SealError
from tests.support.parties import make_application

pytestmark = pytest.mark.django_db
SECRET = "canary"


def test_a_field_opens_in_its_own_row() -> None:
    application = make_application()
    application.seal("sealed_webhook_secret", SECRET).save()
    assert Application.objects.get().unseal("sealed_webhook_secret") == SECRET


def test_a_row_that_is_not_saved_yet_gets_its_number_first() -> None:
    application = make_application()
    key = ApplicationKey(application=application, slot=1).seal("sealed_secret", SECRET)
    key.save(force_insert=True)
    assert ApplicationKey.objects.get(pk=key.pk).unseal("sealed_secret") == SECRET


def test_a_value_moved_to_another_row_does_not_open() -> None:
    first, second = make_application(), make_application()
    first.seal("sealed_webhook_secret", SECRET)
    second.sealed_webhook_secret = first.sealed_webhook_secret
    with pytest.raises(SealError):
        second.unseal("sealed_webhook_secret")


def test_a_value_moved_to_another_field_does_not_open() -> None:
    application = make_application().seal("sealed_webhook_secret", SECRET)
    application.sealed_previous_webhook_secret = application.sealed_webhook_secret
    with pytest.raises(SealError):
        application.unseal("sealed_previous_webhook_secret")


def test_a_value_moved_to_another_model_does_not_open() -> None:
    credential = StoredCredential(pk=1).seal("sealed_value", SECRET)
    key = ApplicationKey(pk=1, sealed_secret=credential.sealed_value)
    with pytest.raises(SealError):
        key.unseal("sealed_secret")


def test_blank_stays_blank() -> None:
    application = make_application().seal("sealed_webhook_secret", "")
    assert application.sealed_webhook_secret == ""
    assert application.unseal("sealed_webhook_secret") == ""


def test_only_declared_fields_are_sealed() -> None:
    with pytest.raises(ValueError, match="not a sealed field"):
        make_application().seal("name", SECRET)


def test_without_its_key_nothing_opens(settings: Settings) -> None:
    application = make_application().seal("sealed_webhook_secret", SECRET)
    settings.SEALING_KEYS = "k9:" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    with pytest.raises(SealError):
        application.unseal("sealed_webhook_secret")
