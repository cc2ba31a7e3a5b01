"""Celery shims of alerts: ids in, nothing out; lost or doubled ones do no harm."""

from celery import shared_task

from notifications.alerting import claiming, daily, gathering, telling
from paycenter.kernel.hints import publish_hint

QUEUE = "alerts"
MESSAGES_AT_ONCE = 20


@shared_task
def sweep_alerts() -> None:
    """Count new alerts, and call workers for the robots that have something to say."""
    while gathering.gather_alerts() == gathering.BATCH:
        pass
    gathering.close_quiet()
    for robot_id in claiming.robots_with_news():
        publish_hint(tell_people, robot_id, queue=QUEUE)
    for robot_id in daily.robots_to_report():
        publish_hint(report_daily, robot_id, queue=QUEUE)


@shared_task
def tell_people(robot_id: int) -> None:
    """Send what a robot has to say, one message after the other."""
    for _ in range(MESSAGES_AT_ONCE):
        if not telling.tell(robot_id):
            return


@shared_task
def report_daily(robot_id: int) -> None:
    """Send a robot's daily report."""
    daily.report(robot_id)
