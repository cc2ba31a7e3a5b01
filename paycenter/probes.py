"""Probes for whoever runs the center: is it alive, can it take payments, does anybody watch it."""

from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from merchants.models import ApplicationKey
from notifications.models import Heartbeat
from paycenter.kernel.clock import now
from paycenter.kernel.draining import is_draining
from paycenter.kernel.redis_address import redis_client
from paycenter.kernel.sealing import SealError

ALERT_SWEEP = "notifications.alerting.tasks.sweep_alerts"
ASLEEP_AFTER = timedelta(minutes=3)


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process is alive; touches nothing."""
    del request
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer whether payments can be taken: database, migrations, keys. Redis only degrades.

    A process that is about to stop is not ready, whatever it finds.
    """
    del request
    if is_draining():
        return JsonResponse({"status": "draining"}, status=503)
    checks = {"database": _database(), "sealing_keys": False, "redis": _redis()}
    if checks["database"]:
        checks["sealing_keys"] = _sealing_keys()
    ready = checks["database"] and checks["sealing_keys"]
    status = "unavailable" if not ready else "ok" if checks["redis"] else "degraded"
    return JsonResponse({"status": status, "checks": checks}, status=200 if ready else 503)


def watchz(request: HttpRequest) -> JsonResponse:
    """Answer whether alerts are looked after: 503 when their sweep was not seen for minutes.

    For a watchman outside: when beat or the general worker is dead, the center itself can tell
    nobody.
    """
    del request
    try:
        seen = Heartbeat.objects.filter(name=ALERT_SWEEP, at__gt=now() - ASLEEP_AFTER).exists()
    except DatabaseError:
        seen = False
    return JsonResponse({"status": "ok" if seen else "asleep"}, status=200 if seen else 503)


def _database() -> bool:
    """Whether the database answers and has every migration."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _sealing_keys() -> bool:
    """Whether the newest secret opens with the configured keys."""
    key = ApplicationKey.objects.order_by("-pk").first()
    try:
        return key is None or bool(key.unseal("sealed_secret"))
    except SealError:
        return False


def _redis() -> bool:
    try:
        client = redis_client(settings.REDIS_URL, socket_connect_timeout=0.4, socket_timeout=0.4)
        return bool(client.ping())
    except redis.RedisError:
        return False
