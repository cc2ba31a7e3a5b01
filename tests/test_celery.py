"""Every periodic job is a task that workers know."""

from paycenter.celery import PERIODIC_JOBS, app


def test_every_periodic_job_is_a_task() -> None:
    app.loader.import_default_modules()
    assert [name for name in PERIODIC_JOBS if name not in app.tasks] == []
