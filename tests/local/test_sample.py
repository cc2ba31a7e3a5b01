"""The payment that `make run` ends with: it proves the installation, and hinders nobody's start."""

import pytest
import responses

from paycenter.local.credentials import Credentials
from paycenter.local.errors import LocalError
from paycenter.local.sample import make_sample_payment

CENTER = "http://127.0.0.1:8000"
CREDENTIALS = Credentials(
    {
        "base_url": CENTER,
        "application": {"key_id": "ak_1", "secret": "sk_1"},
        "merchant_id": "M0000000001",
        "payment_ids": {"wechat": "P0000000001"},
        "sandbox": {"control_url": "http://127.0.0.1:8001/control"},
    }
)


def _refused(code: str, status: int) -> None:
    responses.post(f"{CENTER}/api/v1/payments", json={"code": code}, status=status)


@responses.activate
def test_a_channel_that_is_switched_off_stops_no_start() -> None:
    _refused("channel_unavailable", 503)
    assert make_sample_payment(CREDENTIALS) == ""


@responses.activate
def test_everything_else_does() -> None:
    _refused("service_unavailable", 503)
    with pytest.raises(LocalError, match="the sample payment was refused: 503"):
        make_sample_payment(CREDENTIALS)
