"""Whatever beat is to start is a task that a worker knows."""

import pytest

from paycenter.celery import PERIODIC_JOBS, app


@pytest.mark.parametrize("name", sorted(PERIODIC_JOBS))
def test_every_periodic_job_is_a_task(name: str) -> None:
    app.loader.import_default_modules()
    assert name in app.tasks
