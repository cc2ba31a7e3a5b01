"""What is written down of a deed: who, from where, on whose object, what changed, no secret."""

import json

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db.models import Model

from merchants.audit.differences import difference, values_of
from merchants.audit.recording import Action, Deed, Subject, Who, record, subject_of
from merchants.audit.secrets import MASK, masked_fields
from merchants.credentials import store_credential
from merchants.keys import issue_key, issue_webhook_secret
from merchants.models import Application, Grant, StoredCredential
from paycenter.kernel.credential import Credential
from paycenter.kernel.request_id import current_request_id
from tests.support.parties import make_account, make_application, make_merchant
from tests.support.statements import counting

pytestmark = pytest.mark.django_db
SUSPICIOUS = ("secret", "sealed", "password", "token", "private")
"""Parts of the names of columns that hold secrets."""
PUBLIC = {"transactions.collectioncode.token"}
"""It hangs on a wall."""


def test_a_deed_is_one_statement() -> None:
    with counting() as cost:
        record(Deed(action=Action.ACT), Subject(), Who(name="clerk"))
    assert len(cost.statements) == 1, cost


def test_a_deed_carries_the_request_it_was_done_in() -> None:
    token = current_request_id.set("req-1")
    try:
        event = record(Deed(action=Action.ACT), Subject(), Who(name="clerk", address="::1"))
    finally:
        current_request_id.reset(token)
    event.refresh_from_db()
    assert (event.request_id, event.address, event.name) == ("req-1", "::1", "clerk")


def test_texts_are_cut_to_their_columns() -> None:
    long = "x" * 300
    deed = Deed(action=Action.ACT, detail=long, reason=f"\x00{long}")
    event = record(deed, Subject(text=long), Who(name=long))
    event.refresh_from_db()
    lengths = [len(text) for text in (event.detail, event.reason, event.object_text, event.name)]
    assert lengths == [200, 200, 200, 150]


def test_an_object_belongs_to_its_company_and_group() -> None:
    account = make_account()
    merchant = account.channel_merchant.merchant
    grant = Grant.objects.create(application=make_application(), payment_account=account)
    for row in (merchant, account.channel_merchant, account, grant):
        subject = subject_of(row)
        assert (subject.merchant_id, subject.group_id) == (merchant.pk, merchant.group_id), row
        assert (subject.type, subject.id) == (row._meta.label_lower, str(row.pk))


def test_an_object_without_company_belongs_to_its_group_or_the_platform() -> None:
    group = make_merchant().group
    application = make_application(group=group)
    key, _ = issue_key(application)
    for row in (group, application, key):
        subject = subject_of(row)
        assert (subject.merchant_id, subject.group_id) == (None, group.pk), row
    of_platform = subject_of(make_application(group=None))
    assert (of_platform.merchant_id, of_platform.group_id) == (None, None)


def test_only_changed_fields_are_kept() -> None:
    merchant = make_merchant(name="before")
    before = values_of(merchant)
    merchant.name = "after"
    assert difference(type(merchant), before, values_of(merchant)) == (
        {"name": "before"},
        {"name": "after"},
    )


def test_nothing_changed_is_nothing_kept() -> None:
    merchant = make_merchant()
    assert difference(type(merchant), values_of(merchant), values_of(merchant)) == ({}, {})


def test_a_reference_is_named() -> None:
    account = make_account()
    project = account.channel_merchant.merchant.projects.create(code="garden", name="阳光花园")
    before = values_of(account)
    account.project = project
    changed = difference(type(account), before, values_of(account))
    assert changed == ({"project": None}, {"project": f"阳光花园 ({project.pk})"})


def test_choices_of_several_are_compared() -> None:
    user = User.objects.create(username="clerk")
    before = values_of(user)
    user.groups.add(Group.objects.create(name="finance"))
    assert difference(User, before, values_of(user)) == ({"groups": []}, {"groups": ["finance"]})


def test_a_list_that_is_changed_in_place_is_seen() -> None:
    application = make_application(allowed_hosts=["a.test"])
    before = values_of(application)
    application.allowed_hosts.append("b.test")
    after = difference(Application, before, values_of(application))[1]
    assert after == {"allowed_hosts": ["a.test", "b.test"]}


def test_of_a_secret_it_is_kept_that_it_changed_and_nothing_of_it() -> None:
    application = make_application()
    before = values_of(application)
    secret = issue_webhook_secret(application)
    application.refresh_from_db()
    changed = difference(Application, before, values_of(application))
    assert changed == ({"sealed_webhook_secret": ""}, {"sealed_webhook_secret": MASK})
    assert secret not in json.dumps(changed)


def test_a_password_is_a_secret() -> None:
    user = User.objects.create(username="clerk", password="pbkdf2-before")
    before = values_of(user)
    user.password = "pbkdf2-after"
    assert difference(User, before, values_of(user)) == ({"password": MASK}, {"password": MASK})


def test_no_value_of_a_sealed_row_is_kept() -> None:
    owner = make_account().channel_merchant
    store_credential(owner, Credential("apiv3_key", "", "CANARY"))
    row = StoredCredential.objects.get()
    kept = json.dumps(difference(StoredCredential, {}, values_of(row)))
    assert row.sealed_value not in kept


@pytest.mark.parametrize(
    "model",
    sorted(apps.get_models(), key=str),
    ids=str,
)
def test_every_column_that_may_hold_a_secret_is_masked(model: type[Model]) -> None:
    """A model that keeps a secret under a name like one says so by itself."""
    suspicious = {
        field.name
        for field in model._meta.concrete_fields
        if any(part in field.name for part in SUSPICIOUS)
        and f"{model._meta.label_lower}.{field.name}" not in PUBLIC
    }
    assert suspicious <= masked_fields(model)
