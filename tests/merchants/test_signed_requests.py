"""Who gets in: the right key, signature, clock, application and address, and nobody else."""

import time

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from merchants.models import SecurityRecord
from merchants.signed_requests import authenticate
from tests.support.desk import Desk
from tests.support.signing import SigningClient

PATH = "/api/v1/payment-accounts"


def _seconds(offset: int) -> str:
    return str(int(time.time()) + offset)


def test_a_signed_request_gets_in(desk: Desk) -> None:
    assert desk.client.get(PATH).status == 200
    assert not SecurityRecord.objects.exists()


@pytest.mark.parametrize(
    "accepted", ["text/html", "application/xml;q=0.9", "image/*, text/plain", "nonsense", ";/"]
)
def test_what_a_client_says_it_accepts_changes_nothing(desk: Desk, accepted: str) -> None:
    answer = desk.client.get(PATH, Accept=accepted)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    refused = desk.client.get(f"{PATH}?x=1", Accept=accepted)
    assert (refused.code, refused.status) == ("unknown_field", 400)


def test_the_raw_target_is_signed_not_what_django_makes_of_it(desk: Desk) -> None:
    raw = "/api/v1/%70ayment-accounts"
    headers = desk.client.headers("GET", raw, b"", nonce="n" * 16, timestamp=_seconds(0))
    request = RequestFactory().get(PATH, headers=headers, RAW_URI=raw)
    assert authenticate(request).key.key_id == desk.client.key_id


def test_an_unknown_key_and_a_wrong_signature_get_the_same_answer(desk: Desk) -> None:
    stranger = SigningClient("ak_nobody", desk.client.secret).get(PATH)
    forger = SigningClient(desk.client.key_id, "sk_wrong").get(PATH)
    for answer in (stranger, forger):
        assert (answer.status, answer.code) == (401, "signature_invalid")
        answer.body.pop("request_id")
    assert stranger.body == forger.body


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Pc_Key": ""},
        {"X_Pc_Key": "ak\x00"},
        {"X_Pc_Key": "k" * 65},
        {"X_Pc_Nonce": ""},
        {"X_Pc_Nonce": "n" * 15},
        {"X_Pc_Nonce": "n" * 65},
        {"X_Pc_Nonce": "nonce with blanks"},
        {"X_Pc_Timestamp": ""},
        {"X_Pc_Timestamp": "NaN"},
        {"X_Pc_Timestamp": "1760000000.0"},
        {"X_Pc_Timestamp": "-1"},
        {"X_Pc_Timestamp": "１７６００００００００"},
        {"X_Pc_Timestamp": "9" * 13},
        {"X_Pc_Signature": ""},
        {"X_Pc_Signature": "@@@@"},
        {"X_Pc_Signature": "签名"},
        {"X_Pc_Signature": "AAAA"},
    ],
)
def test_a_malformed_header_is_refused_and_recorded(desk: Desk, headers: dict[str, str]) -> None:
    answer = desk.client.get(PATH, **headers)
    assert (answer.status, answer.code) == (401, "signature_invalid")
    record = SecurityRecord.objects.get()
    assert (record.door, record.reason) == ("api", "signature_invalid")


@pytest.mark.parametrize("offset", [-301, 302, -3600])
def test_a_wrong_clock_is_told_the_time(desk: Desk, offset: int) -> None:
    answer = desk.client.get(PATH, timestamp=_seconds(offset))
    assert (answer.status, answer.code) == (401, "timestamp_out_of_range")
    assert abs(answer["server_time"] - time.time()) < 5


def test_milliseconds_are_not_seconds(desk: Desk) -> None:
    milliseconds = str(int(time.time())) + "000"
    assert desk.client.get(PATH, timestamp=milliseconds[:12]).code == "timestamp_out_of_range"


@pytest.mark.parametrize("offset", [-299, 299])
def test_a_clock_within_five_minutes_is_good_enough(desk: Desk, offset: int) -> None:
    assert desk.client.get(PATH, timestamp=_seconds(offset)).status == 200


def test_the_body_is_signed_as_sent(desk: Desk) -> None:
    """The same JSON with one more blank is another request."""
    nonce, timestamp = "n" * 32, _seconds(0)
    signed = desk.client.headers("POST", PATH, b"{}", nonce=nonce, timestamp=timestamp)
    headers = {name.replace("-", "_"): value for name, value in signed.items()}
    assert desk.client.send("POST", PATH, b"{ }", **headers).code == "signature_invalid"


def test_a_disabled_application_is_told_so(desk: Desk) -> None:
    desk.application.is_active = False
    desk.application.save()
    answer = desk.client.get(PATH)
    assert (answer.status, answer.code) == (401, "application_disabled")


@pytest.mark.parametrize(
    ("allowed", "status"),
    [(["127.0.0.0/8"], 200), (["203.0.113.0/24", "127.0.0.1"], 200), (["203.0.113.0/24"], 403)],
)
def test_the_ip_allow_list_holds(desk: Desk, allowed: list[str], status: int) -> None:
    desk.application.ip_allow_list = allowed
    desk.application.save()
    assert desk.client.get(PATH).status == status


def test_an_address_the_sender_made_up_is_not_on_the_list(desk: Desk, settings: Settings) -> None:
    desk.application.ip_allow_list = ["203.0.113.0/24"]
    desk.application.save()
    answer = desk.client.get(PATH, X_Forwarded_For="203.0.113.5")
    assert (answer.status, answer.code) == (403, "ip_not_allowed")
    assert SecurityRecord.objects.get().address == "127.0.0.1"


def test_every_answer_carries_a_request_id(desk: Desk) -> None:
    assert desk.client.get(PATH, X_Request_Id="my-1").headers["X-Request-Id"] == "my-1"
    answer = SigningClient("ak_nobody", "x").get(PATH, X_Request_Id="<script>")
    assert answer.headers["X-Request-Id"] == answer["request_id"] != "<script>"
