"""A center that is not configured does not start, and says what to do, without showing secrets."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
KEY = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
GOOD = {
    "SECRET_KEY": "0123456789" * 5,
    "SEALING_KEYS": f"k1:{KEY}",
    "PUBLIC_BASE_URL": "https://pay.example.com",
    "DATABASE_URL": "postgres://center:canary-password@127.0.0.1:5432/center",
    "REDIS_URL": "redis://:canary-password@127.0.0.1:6379/0",
}


def _start(changes: Mapping[str, str | None], statement: str = "") -> tuple[int, str]:
    """Import the settings in a process that has this environment and no other."""
    environment = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-c", f"import paycenter.settings as s; {statement}"],
        cwd=PROJECT,
        env={**environment, "ENV_FILE": "/dev/null"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip().rpartition("\n")[2]


def test_the_five_required_settings_are_enough() -> None:
    statement = "print(s.DEBUG, s.SANDBOX_URL, s.ALLOW_PRIVATE_URLS, s.ALLOWED_HOSTS)"
    assert _start({}, statement) == (0, "False  False ['pay.example.com']")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://center@db.internal/center"),
        ("REDIS_URL", "rediss://cache.internal:6380/1"),
        ("REDIS_URL", "sentinel://:p%40ss@a.internal:26379,b.internal:26379/pay/0"),
        ("BROKER_URL", "amqps://center:secret@mq.internal:5671/center"),
        ("DATABASE_POOLER", "transaction"),
        ("REPLICA_DATABASE_URL", "postgres://center@replica.internal/center"),
        ("PUBLIC_BASE_URL", "http://127.0.0.1:8000/"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1"),
        ("DEBUG", "on"),
        ("LOG_LEVEL", "warning"),
        ("BREAKER_MODE", "dry_run"),
        ("ADMIN_URL", "desk-7/operators"),
        ("SECOND_FACTOR", "required"),
        ("METRICS_TOKEN", "0123456789abcdef0123"),
    ],
)
def test_what_makes_sense_is_taken(name: str, value: str) -> None:
    assert _start({name: value}) == (0, "")


@pytest.mark.parametrize("value", [None, "", "  "])
@pytest.mark.parametrize("name", GOOD)
def test_a_required_setting_that_is_missing_stops_the_start(name: str, value: str | None) -> None:
    code, text = _start({name: value})
    assert code != 0
    assert f"{name} is not set: " in text


@pytest.mark.parametrize(
    ("name", "value", "what_to_do"),
    [
        ("SECRET_KEY", "short", "at least 50 random characters"),
        ("SEALING_KEYS", KEY, "openssl rand -base64 32"),
        ("SEALING_KEYS", "k1:short", "openssl rand -base64 32"),
        ("SEALING_KEYS", f"k1:{KEY},k1:{KEY}", "used once"),
        ("PUBLIC_BASE_URL", "pay.example.com", "like https://pay.example.com"),
        ("PUBLIC_BASE_URL", "ftp://pay.example.com", "like https://pay.example.com"),
        ("PUBLIC_BASE_URL", "https://pay.example.com/center", "like https://pay.example.com"),
        ("PUBLIC_BASE_URL", "https://pay.example.com:port", "like https://pay.example.com"),
        ("SANDBOX_URL", "127.0.0.1:8001", "like https://pay.example.com"),
        ("DATABASE_URL", "mysql://center@127.0.0.1/center", "write it like postgres://"),
        ("DATABASE_URL", "nonsense", "write it like postgres://"),
        ("REDIS_URL", "nonsense", "write it like redis://"),
        ("REDIS_URL", "http://127.0.0.1:6379", "write it like redis://"),
        ("REDIS_URL", "sentinel://a.internal:26379", "write it like sentinel://"),
        ("BROKER_URL", "redis://127.0.0.1:6379", "write it like amqp://"),
        ("DATABASE_POOLER", "session", "one of none, transaction"),
        ("REPLICA_DATABASE_URL", "nonsense", "write it like postgres://"),
        ("ATTEMPT_GUARD_SECONDS", "-1", "whole seconds from 0 to 3600"),
        ("ATTEMPT_GUARD_SECONDS", "1.5", "whole seconds from 0 to 3600"),
        ("ATTEMPT_GUARD_SECONDS", "soon", "whole seconds from 0 to 3600"),
        ("INITIATE_WAIT_SECONDS", "0", "whole seconds from 1 to 30"),
        ("INITIATE_WAIT_SECONDS", "31", "whole seconds from 1 to 30"),
        ("BREAKER_MODE", "sometimes", "one of on, dry_run, off"),
        ("BREAKER_MIN_SAMPLE", "0", "whole calls from 1 to 10000"),
        ("BREAKER_FAILURE_PERCENT", "101", "whole percent from 1 to 100"),
        ("BREAKER_FAILURE_PERCENT", "half", "whole percent from 1 to 100"),
        ("BREAKER_COOL_DOWN_SECONDS", "4", "whole seconds from 5 to 300"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "list networks like 10.0.0.0/8"),
        ("TRUSTED_PROXIES", "proxy", "list networks like 10.0.0.0/8"),
        ("ADMIN_URL", "", "letters, digits and hyphens"),
        ("ADMIN_URL", "/", "letters, digits and hyphens"),
        ("ADMIN_URL", "../admin", "letters, digits and hyphens"),
        ("ADMIN_URL", "api/desk", "other pages are there"),
        ("ADMIN_URL", "static", "other pages are there"),
        ("SECOND_FACTOR", "maybe", "one of required, off"),
        ("SECOND_FACTOR", "off", "unset it"),
        ("SESSION_IDLE_SECONDS", "0", "whole seconds from 300 to 43200"),
        ("PROOF_SECONDS", "3601", "whole seconds from 60 to 3600"),
        ("LOCK_AFTER_FAILURES", "2", "whole failures from 3 to 20"),
        ("LOCK_SECONDS", "1", "whole seconds from 60 to 86400"),
        ("DEBUG", "maybe", "True or False"),
        ("ALLOW_PRIVATE_URLS", "perhaps", "True or False"),
        ("LOG_LEVEL", "LOUD", "INFO"),
        ("LOG_FORMAT", "xml", "one of json, line"),
        ("METRICS_TOKEN", "short", "openssl rand -hex 24"),
        ("METRICS_TOKEN", "with blanks between its words", "openssl rand -hex 24"),
        ("METRICS_PORT", "70000", "whole ports from 0 to 65535"),
        ("METRICS_PORT", "9100", "set METRICS_TOKEN too"),
        ("DRAIN_SECONDS", "11", "whole seconds from 0 to 10"),
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start(
    name: str, value: str, what_to_do: str
) -> None:
    code, text = _start({name: value})
    assert code != 0
    assert name in text
    assert what_to_do in text


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80"])
def test_a_center_of_this_machine_alone_goes_without_a_second_factor(url: str) -> None:
    assert _start({"SECOND_FACTOR": "off", "PUBLIC_BASE_URL": url}) == (0, "")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1.evil.test", "http://10.0.0.7", "https://localhost.cn"]
)
def test_no_other_does(url: str) -> None:
    code, text = _start({"SECOND_FACTOR": "off", "PUBLIC_BASE_URL": url})
    assert code != 0
    assert "SECOND_FACTOR is 'off': unset it" in text


@pytest.mark.parametrize(
    "name",
    [
        *("SECRET_KEY", "SEALING_KEYS", "DATABASE_URL", "REPLICA_DATABASE_URL", "REDIS_URL"),
        *("BROKER_URL", "METRICS_TOKEN"),
    ],
)
def test_a_secret_is_not_shown_when_it_is_wrong(name: str) -> None:
    code, text = _start({name: "canary-nonsense"})
    assert code != 0
    assert "canary" not in text


def test_celery_asks_the_same_sentinels() -> None:
    url = "sentinel://:p%40ss@a.internal:26379,b.internal:26379/pay/3"
    statement = "print(s.CELERY_BROKER_URL, s.CELERY_BROKER_TRANSPORT_OPTIONS['master_name'])"
    written = "sentinel://:p%40ss@{}.internal:26379/3"
    addresses = ";".join(written.format(host) for host in "ab")
    assert _start({"REDIS_URL": url}, statement) == (0, f"{addresses} pay")


def test_rabbitmq_is_the_broker_beside_redis() -> None:
    url = "amqp://center:secret@mq.internal:5672/center"
    statement = "print(s.CELERY_BROKER_URL, sorted(s.CELERY_BROKER_TRANSPORT_OPTIONS))"
    told = f"{url} ['read_timeout', 'write_timeout']"
    assert _start({"BROKER_URL": url}, statement) == (0, told)


@pytest.mark.parametrize(("pooler", "off"), [("none", "False"), ("transaction", "True")])
def test_no_cursor_outlives_its_transaction_behind_a_pooler(pooler: str, off: str) -> None:
    statement = "print(s.DATABASES['default']['DISABLE_SERVER_SIDE_CURSORS'])"
    assert _start({"DATABASE_POOLER": pooler}, statement) == (0, off)


@pytest.mark.parametrize(("pooler", "after"), [("none", "5"), ("transaction", "None")])
def test_no_prepared_statement_does_either(pooler: str, after: str) -> None:
    statement = "print(s.DATABASES['default']['OPTIONS']['prepare_threshold'])"
    assert _start({"DATABASE_POOLER": pooler}, statement) == (0, after)


@pytest.mark.parametrize(
    ("name", "alias"), [("DATABASE_URL", "default"), ("REPLICA_DATABASE_URL", "replica")]
)
def test_what_a_database_url_asks_of_a_connection_is_done(name: str, alias: str) -> None:
    url = f"{GOOD['DATABASE_URL']}?sslmode=verify-full&target_session_attrs=any"
    statement = f"o = s.DATABASES['{alias}']['OPTIONS']; print(o['sslmode'], o['connect_timeout'])"
    assert _start({name: url}, statement) == (0, "verify-full 3")


@pytest.mark.parametrize("url", [None, "", " "])
def test_there_is_one_database_unless_a_replica_is_named(url: str | None) -> None:
    assert _start({"REPLICA_DATABASE_URL": url}, "print(*s.DATABASES)") == (0, "default")


def test_no_url_lets_the_replica_be_written() -> None:
    url = f"{GOOD['DATABASE_URL']}?options=-c%20default_transaction_read_only%3Doff"
    statement = "print(s.DATABASES['replica']['OPTIONS']['options'])"
    found = _start({"REPLICA_DATABASE_URL": url}, statement)
    assert found == (0, "-c default_transaction_read_only=on")
