"""``GET /api/v1/receivers``: whom an application may give shares to."""

from tests.support.desk import Desk
from tests.support.parties import make_account, make_application, make_channel_merchant, make_key
from tests.support.signing import SigningClient
from tests.support.split_rules import make_receiver
from tests.support.statements import counting

RECEIVERS = "/api/v1/receivers"


def test_a_receiver_is_shown_with_the_accounts_it_is_for(desk: Desk) -> None:
    owner = desk.account.channel_merchant
    make_account(owner)  # not granted
    receiver = make_receiver(owner, label="保洁公司")
    listed = desk.client.get(RECEIVERS)
    assert listed["next_cursor"] is None
    assert listed["data"] == [
        {
            "receiver_id": receiver.receiver_no,
            "name": "保洁公司",
            "merchant_id": owner.merchant.merchant_no,
            "channel": "wechat",
            "payment_ids": [desk.account.payment_no],
            "relation": "headquarter",
            "kind": "merchant",
            "account": "18***",
            "state": "bound",
        }
    ]


def test_it_is_a_list_by_cursor_newest_first(desk: Desk) -> None:
    receivers = [make_receiver(desk.account.channel_merchant) for _ in range(3)]
    first = desk.client.get(f"{RECEIVERS}?limit=2")
    rest = desk.client.get(f"{RECEIVERS}?limit=2&cursor={first['next_cursor']}")
    ids = [row["receiver_id"] for row in (*first["data"], *rest["data"])]
    assert ids == [receiver.receiver_no for receiver in reversed(receivers)]
    assert rest["next_cursor"] is None


def test_it_is_filtered_by_company(desk: Desk) -> None:
    receiver = make_receiver(desk.account.channel_merchant)
    number = desk.account.channel_merchant.merchant.merchant_no
    assert len(desk.client.get(f"{RECEIVERS}?merchant_id={number}")["data"]) == 1
    assert desk.client.get(f"{RECEIVERS}?merchant_id=M0000000000")["data"] == []
    assert receiver.state == "bound"


def test_receivers_of_accounts_that_are_not_granted_are_nobodys_business(desk: Desk) -> None:
    hidden = make_receiver(make_channel_merchant(desk.account.channel_merchant.merchant))
    assert desk.client.get(RECEIVERS)["data"] == []
    refused = desk.client.get(f"{RECEIVERS}?cursor={hidden.receiver_no}")
    assert (refused.status, refused.code) == (400, "invalid_request")
    key, secret = make_key(make_application())
    assert SigningClient(key.key_id, secret).get(RECEIVERS)["data"] == []


def test_it_costs_the_same_however_many_there_are(desk: Desk) -> None:
    make_receiver(desk.account.channel_merchant)
    with counting() as few:
        desk.client.get(RECEIVERS)
    for owner in (desk.account.channel_merchant, desk.other_account.channel_merchant):
        make_receiver(owner)
    with counting() as many:
        desk.client.get(RECEIVERS)
    assert len(many.statements) == len(few.statements)
