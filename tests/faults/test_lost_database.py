"""PostgreSQL gone for a while: nothing is promised meanwhile, and nothing committed is lost."""

import pytest
import requests

from tests.faults.agreement import assert_paid_and_refunded
from tests.faults.application import Application
from tests.faults.center import Center
from tests.faults.channel import Channel
from tests.faults.stories import pending_payment
from tests.faults.waiting import eventually

pytestmark = pytest.mark.slow


def test_database_killed_and_started_again(
    center: Center, application: Application, channel: Channel
) -> None:
    order_no, serial_no = pending_payment(application)
    center.kill("postgres")

    refusal = application.ask(application.new_order())
    assert (refusal.status, refusal.body["code"]) == (503, "service_unavailable")
    assert int(refusal.headers["Retry-After"]) > 0
    channel.payer_pays(serial_no)
    eventually(lambda: _was_refused(channel, serial_no))
    assert requests.get(f"{center.at.web_url}/healthz", timeout=5).status_code == 200
    assert requests.get(f"{center.at.web_url}/readyz", timeout=10).status_code == 503

    center.start("postgres")
    assert_paid_and_refunded(application, channel, order_no, refunded=0)
    eventually(lambda: _is_answered_in_time(application))


def _is_answered_in_time(application: Application) -> None:
    assert application.ask(application.new_order()).status == 201


def _was_refused(channel: Channel, serial_no: str) -> None:
    """The callback came, and was not acknowledged."""
    attempts = channel.callbacks_about(serial_no)
    assert attempts
    assert not any(attempt["accepted"] for attempt in attempts)
