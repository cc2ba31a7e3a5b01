"""The probe for a watchman outside: does anybody look after alerts?"""

from django.test import Client

from notifications import heartbeats
from paycenter.celery import PERIODIC_JOBS
from paycenter.probes import ALERT_SWEEP
from tests.support.clock import Clock


def test_a_center_whose_sweep_sleeps_says_so(db: None, client: Client, clock: Clock) -> None:
    assert ALERT_SWEEP in PERIODIC_JOBS
    assert client.get("/watchz").status_code == 503
    heartbeats.note(ALERT_SWEEP)
    assert client.get("/watchz").json() == {"status": "ok"}
    clock.shift(181)
    assert client.get("/watchz").status_code == 503
