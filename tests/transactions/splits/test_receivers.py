"""Receivers: what may be entered, what is kept of it, and when a binding may end."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from merchants.models import ChannelMerchant
from tests.support.parties import make_account, make_channel_merchant
from tests.support.split_rules import make_receiver, make_rule
from transactions.models import Move, Receiver
from transactions.splits.receivers import add_receiver, bind_again, unbind

ACCOUNT = "1900099301"
NAME = "阳光集团总部有限公司"


@pytest.fixture
def owner(db: None) -> ChannelMerchant:
    """A channel merchant with a payment account."""
    return make_account().channel_merchant


def _wanted(owner: ChannelMerchant, **changes: Any) -> Receiver:
    facts = {"label": "总部", "kind": "merchant", "relation": "headquarter"}
    return Receiver(channel_merchant=owner, **(facts | changes))


def _add(owner: ChannelMerchant, account: str = ACCOUNT, **changes: Any) -> Receiver:
    receiver = _wanted(owner, **changes)
    add_receiver(receiver, account=account, name=NAME)
    return Receiver.objects.get(pk=receiver.pk)


class TestAdding:
    """Entering a receiver."""

    def test_it_is_due_to_be_bound(self, owner: ChannelMerchant) -> None:
        receiver = _add(owner)
        assert (receiver.state, receiver.merchant) == ("binding", owner.merchant)
        assert receiver.due_at is not None

    def test_account_and_name_are_sealed_and_the_account_recognisable(
        self, owner: ChannelMerchant
    ) -> None:
        receiver = _add(owner)
        assert receiver.unseal("sealed_account") == ACCOUNT
        assert receiver.unseal("sealed_name") == NAME
        assert receiver.account_hint == "19***01"
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(r)::text FROM transactions_receiver r")
            stored = cursor.fetchone()[0]
        assert ACCOUNT not in stored
        assert NAME not in stored

    def test_nothing_of_a_short_account_is_shown(self, owner: ChannelMerchant) -> None:
        assert _add(owner, "1234567").account_hint == "***"

    def test_the_hash_of_an_account_needs_our_key(
        self, owner: ChannelMerchant, settings: Any
    ) -> None:
        before = _add(owner).account_hash
        settings.SECRET_KEY = "another"
        assert _add(make_account().channel_merchant).account_hash != before

    def test_an_account_is_a_receiver_once_per_channel_merchant(
        self, owner: ChannelMerchant
    ) -> None:
        first = _add(owner)
        with pytest.raises(ValidationError, match=first.receiver_no):
            _add(owner)
        _add(make_account(make_channel_merchant(owner.merchant)).channel_merchant)
        assert Receiver.objects.count() == 2

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"kind": "user_id"}, "no accounts of this kind"),
            ({"relation": "custom"}, "Describe the relation"),
            ({"relation_text": "房东"}, "Describe the relation"),
        ],
        ids=str,
    )
    def test_what_no_channel_would_bind_is_refused(
        self, owner: ChannelMerchant, changes: dict[str, str], words: str
    ) -> None:
        with pytest.raises(ValidationError, match=words):
            _add(owner, **changes)
        assert not Receiver.objects.exists()

    def test_a_relation_of_ones_own_is_described(self, owner: ChannelMerchant) -> None:
        assert _add(owner, relation="custom", relation_text="房东").relation_text == "房东"

    def test_the_company_itself_is_no_receiver(self, owner: ChannelMerchant) -> None:
        with pytest.raises(ValidationError, match="own account"):
            _add(owner, owner.mchid)

    def test_a_channel_that_cannot_split_has_none(self, db: None) -> None:
        owner = make_account(make_channel_merchant(channel="easypay")).channel_merchant
        with pytest.raises(ValidationError, match="cannot split"):
            _add(owner)

    def test_without_a_payment_account_nobody_could_speak_to_the_channel(self, db: None) -> None:
        with pytest.raises(ValidationError, match="payment account"):
            _add(make_channel_merchant())


class TestTryingAgain:
    """A person binds what is not bound."""

    @pytest.mark.parametrize("state", ["refused", "unbound"])
    def test_it_is_due_again_and_it_is_kept_who_wanted_it(
        self, owner: ChannelMerchant, state: str
    ) -> None:
        receiver = make_receiver(owner, state=state, failure_code="NAME", failure_message="no")
        assert bind_again(receiver.pk, by="operator", version=0)
        receiver = Receiver.objects.get(pk=receiver.pk)
        assert (receiver.state, receiver.failure_code) == ("binding", "")
        assert receiver.due_at is not None
        assert Move.objects.get(subject="receiver").actor == "operator"

    @pytest.mark.parametrize("state", ["binding", "bound", "unbinding"])
    def test_not_what_is_bound_or_under_way(self, owner: ChannelMerchant, state: str) -> None:
        receiver = make_receiver(owner, state=state)
        assert not bind_again(receiver.pk, by="operator", version=0)

    def test_not_what_was_seen_too_long_ago(self, owner: ChannelMerchant) -> None:
        receiver = make_receiver(owner, state="refused")
        assert not bind_again(receiver.pk, by="operator", version=7)


class TestEnding:
    """A person unbinds a receiver."""

    @pytest.mark.parametrize("state", ["bound", "refused"])
    def test_it_is_due_to_be_unbound(self, owner: ChannelMerchant, state: str) -> None:
        receiver = make_receiver(owner, state=state)
        assert unbind(receiver.pk, by="operator", version=0)
        receiver = Receiver.objects.get(pk=receiver.pk)
        assert receiver.state == "unbinding"
        assert receiver.due_at is not None

    @pytest.mark.parametrize("state", ["binding", "unbinding", "unbound"])
    def test_not_what_is_unbound_or_under_way(self, owner: ChannelMerchant, state: str) -> None:
        receiver = make_receiver(owner, state=state)
        assert not unbind(receiver.pk, by="operator", version=0)

    def test_not_what_was_seen_too_long_ago(self, owner: ChannelMerchant) -> None:
        receiver = make_receiver(owner)
        assert not unbind(receiver.pk, by="operator", version=7)

    def test_not_while_a_rule_gives_it_a_share(self, owner: ChannelMerchant) -> None:
        receiver = make_rule(owner, ("ppm", 1)).items.get().receiver
        with pytest.raises(ValidationError, match="gives it a share"):
            unbind(receiver.pk, by="operator", version=0)
        assert Receiver.objects.get(pk=receiver.pk).state == "bound"
