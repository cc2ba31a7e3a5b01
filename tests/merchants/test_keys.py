"""Keys rotate without an outage: two at most, each good until it is revoked."""

import pytest
from django.db import IntegrityError, connection

from merchants.keys import issue_key, issue_webhook_secret, retire_webhook_secret, revoke_key
from merchants.models import Application, ApplicationKey
from paycenter.kernel.errors import Problem
from tests.support.desk import Desk
from tests.support.parties import make_application, make_key
from tests.support.signing import SigningClient
from tests.support.together import together

PATH = "/api/v1/payment-accounts"


def test_two_keys_work_side_by_side_until_one_is_revoked(desk: Desk) -> None:
    key, secret = make_key(desk.application)
    other = SigningClient(key.key_id, secret)
    assert [desk.client.get(PATH).status, other.get(PATH).status] == [200, 200]
    revoke_key(ApplicationKey.objects.get(key_id=desk.client.key_id))
    assert desk.client.get(PATH).code == "signature_invalid"
    assert other.get(PATH).status == 200


def test_a_revoked_keys_slot_is_free_again(desk: Desk) -> None:
    first = ApplicationKey.objects.get()
    issue_key(desk.application)
    revoke_key(first)
    key, _ = issue_key(desk.application)
    assert key.slot == first.slot


@pytest.mark.django_db
def test_a_third_key_is_refused() -> None:
    application = make_application()
    issue_key(application)
    issue_key(application)
    with pytest.raises(Problem, match="Revoke one"):
        issue_key(application)


@pytest.mark.django_db(transaction=True)
def test_of_many_keys_issued_at_once_two_are_made() -> None:
    application = make_application()

    def issue(_: int) -> bool:
        try:
            issue_key(application)
        except Problem:
            return False
        return True

    assert sum(together(6, issue)) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("application_key_two_slots", "slot = 3"),
        ("application_key_one_active_per_slot", "slot = 1"),
        ("application_key_secret_not_blank", "sealed_secret = ''"),
    ],
)
def test_the_database_holds_the_rules_of_keys(constraint: str, change: str) -> None:
    application = make_application()
    issue_key(application)
    issue_key(application)
    with pytest.raises(IntegrityError, match=constraint), connection.cursor() as cursor:
        cursor.execute(f"UPDATE merchants_applicationkey SET {change}")


@pytest.mark.django_db
def test_a_secret_is_kept_sealed_and_opens_in_its_own_row_only() -> None:
    key, secret = issue_key(make_application())
    stored = ApplicationKey.objects.get()
    assert secret not in stored.sealed_secret
    assert stored.unseal("sealed_secret") == secret
    assert key.key_id.startswith("ak_")
    assert len(secret) > 32


@pytest.mark.django_db
def test_a_webhook_secret_rotates_beside_the_former_one() -> None:
    application = make_application()
    first = issue_webhook_secret(application)
    second = issue_webhook_secret(application)
    application = Application.objects.get()
    assert first != second
    assert application.unseal("sealed_webhook_secret") == second
    assert application.unseal("sealed_previous_webhook_secret") == first
    retire_webhook_secret(application)
    assert Application.objects.get().unseal("sealed_previous_webhook_secret") == ""
