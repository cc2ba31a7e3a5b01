"""Two web and three worker processes, each on a network of its own, and a primary that dies.

    python -m tests.scaling [seconds]        # as root, with Debian's PostgreSQL, Redis and nginx

Payments are asked for and paid through a proxy while the primary database is killed and its
synchronous replica promoted. In the end the channel's books and ours are compared: nothing lost,
nothing double. Prints what it measured; exits with 1 where something does not hold.
"""

import itertools
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg
import requests

from paycenter.local.console import say
from paycenter.local.credentials import Credentials
from paycenter.local.sample import payment_request
from tests.scaling.network import HOST, Network
from tests.scaling.servers import Servers

PROXY_PORT, SANDBOX_PORT = 8700, 8701
# The sandbox obeys this machine only.
_CONTROL = f"http://127.0.0.1:{SANDBOX_PORT}/control/wechat"
WEB = ("web1", "web2")
WORKERS = {"worker1": "wechat", "worker2": "notify", "worker3": "general"}
QUEUES = {
    "wechat": "channel.wechat,channel.alipay,channel.easypay",
    "notify": "notify",
    "general": "alerts,default",
}
_NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{}}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream web {{ {servers} }}
  server {{ listen {host}:{port};
    location / {{ proxy_pass http://web; proxy_set_header Host $http_host; }} }}
}}
"""


class Load:
    """Asks for payments and lets payers pay, until told to stop."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._stop = threading.Event()
        self.answered: list[tuple[float, str]] = []
        self.refused = 0
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(4)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End it and wait for what is under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def gap(self) -> float:
        """Return the longest time between two answers, in seconds."""
        times = sorted(moment for moment, _ in self.answered)
        return max(later - earlier for earlier, later in itertools.pairwise(times))

    def _ask(self, thread: int) -> None:
        client, count = self._credentials.client(), 0
        while not self._stop.is_set():
            count += 1
            order_no = f"SCALE-{thread}-{count}"
            while not self._stop.is_set() and not self._pay(client, order_no):
                self.refused += 1
                time.sleep(0.2)

    def _pay(self, client: Any, order_no: str) -> bool:
        """Ask for one order, again with the same number when refused, and pay what came of it."""
        body = payment_request(self._credentials, order_no=order_no, amount=100)
        try:
            answer = client.post("/api/v1/payments", body)
            if answer.status not in {200, 201, 202}:
                return False
            serial_no = str(answer.body["serial_no"])
            _control("pay", {"serial_no": serial_no})
        except (requests.RequestException, ValueError, KeyError):
            return False
        self.answered.append((time.monotonic(), serial_no))
        return True


def _control(action: str, body: dict[str, str]) -> None:
    requests.post(f"{_CONTROL}/{action}", json=body, timeout=10).raise_for_status()


def _books() -> dict[str, str]:
    lines = requests.get(f"{_CONTROL}/books", timeout=10).json()["orders"]
    return {line["serial_no"]: line["state"] for line in lines}


def main(seconds: float) -> int:
    """Run the story; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="scaling-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with Network([*WEB, *WORKERS]) as network, Servers(folder) as servers:
            environment = _environment(folder, servers)
            _start_around(network, folder, environment)
            credentials = _prepare(folder, environment)
            _start_center(network, folder, environment)
            return _story(servers, credentials, environment, seconds)


def _environment(folder: Path, servers: Servers) -> dict[str, str]:
    return {
        **os.environ,
        "DATA_DIR": str(folder / "data"),
        "ENV_FILE": "/dev/null",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SEALING_KEYS": f"k1:{'A' * 43}=",
        "PUBLIC_BASE_URL": f"http://{HOST}:{PROXY_PORT}",
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "SANDBOX_URL": f"http://{HOST}:{SANDBOX_PORT}",
        "SANDBOX_DATA_DIR": str(folder / "data/sandbox"),
        "RECEIVER_URL": f"http://{HOST}:{SANDBOX_PORT}",
        "ALLOW_PRIVATE_URLS": "True",
        "OPERATOR_PASSWORD": secrets.token_urlsafe(12),
        "ATTEMPT_GUARD_SECONDS": "120",
        "DJANGO_SETTINGS_MODULE": "paycenter.settings",
    }


def _start_around(network: Network, folder: Path, environment: dict[str, str]) -> None:
    (folder / "data/static").mkdir(parents=True)
    sandbox = ["-m", "gateway.sandbox", "--host=0.0.0.0", f"--port={SANDBOX_PORT}"]
    sandbox.append(f"--data-dir={folder / 'data/sandbox'}")
    network.start("", [sys.executable, *sandbox], environment, folder / "sandbox.log")
    members = "".join(f"server {network.address(web)}:8000;" for web in WEB)
    config = _NGINX.format(folder=folder, servers=members, host=HOST, port=PROXY_PORT)
    (folder / "nginx.conf").write_text(config)
    command = ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf")]
    network.start("", command, environment, folder / "proxy.log")
    _until(lambda: bool(_books() is not None))


def _prepare(folder: Path, environment: dict[str, str]) -> Credentials:
    note = folder / "credentials.json"
    command = [sys.executable, "-m", "paycenter.local.prepare", str(note)]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return Credentials(json.loads(note.read_text()))


def _start_center(network: Network, folder: Path, environment: dict[str, str]) -> None:
    gunicorn = ["-m", "gunicorn", "paycenter.wsgi:application", "--bind=0.0.0.0:8000"]
    gunicorn += ["--worker-class=gthread", "--threads=16"]
    for web in WEB:
        network.start(web, [sys.executable, *gunicorn], environment, folder / f"{web}.log")
    for worker, kind in WORKERS.items():
        command = [sys.executable, "-m", "celery", "-A", "paycenter", "worker", "-c", "8"]
        command += ["--pool", "threads", "-Q", QUEUES[kind], "-n", f"{kind}@{worker}"]
        command += ["--without-mingle", "--without-gossip", "--without-heartbeat"]
        network.start(worker, command, environment, folder / f"{worker}.log")
    beat = [sys.executable, "-m", "celery", "-A", "paycenter", "beat", "--pidfile="]
    beat.append(f"--schedule={folder / 'beat'}")
    network.start("worker3", beat, environment, folder / "beat.log")
    for web in WEB:
        _until(lambda web=web: _ready(network.address(web)))  # type: ignore[misc]


def _ready(address: str) -> bool:
    host = {"Host": f"{HOST}:{PROXY_PORT}"}
    answer = requests.get(f"http://{address}:8000/readyz", headers=host, timeout=5)
    return answer.status_code == 200


def _story(
    servers: Servers, credentials: Credentials, environment: dict[str, str], seconds: float
) -> int:
    load = Load(credentials)
    time.sleep(seconds / 2)
    servers.switch_over()
    time.sleep(seconds / 2)
    load.stop()
    serial_nos = [serial_no for _, serial_no in load.answered]
    _until(lambda: _agree(servers), patience=120)
    ours, theirs = _ours(servers), _books()
    held = subprocess.run(
        [sys.executable, "manage.py", "verify_invariants", "--all"], env=environment, check=False
    )
    lost = sorted(set(serial_nos) - set(ours))
    say(f"payments answered {len(serial_nos)}, refused and repeated {load.refused}")
    say(f"longest time without an answer {load.gap():.1f} s")
    say(f"at the channel: {_states(theirs.values())}; here: {_states(ours.values())}")
    say(f"lost {len(lost)}, orders paid twice {_paid_twice(servers)}")
    return int(bool(lost) or held.returncode != 0 or _paid_twice(servers) > 0)


def _ours(servers: Servers) -> dict[str, str]:
    with psycopg.connect(servers.database_url) as connection:
        rows = connection.execute("SELECT serial_no, state FROM transactions_payment").fetchall()
    return dict(rows)


def _states(rows: Iterable[str]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(Counter(rows).items()))


def _paid_twice(servers: Servers) -> int:
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM (SELECT order_id FROM transactions_payment"
            " WHERE state = 'succeeded' GROUP BY order_id HAVING count(*) > 1) AS twice"
        ).fetchone()
    return int(row[0]) if row else 0


def _agree(servers: Servers) -> bool:
    ours = _ours(servers)
    return all(ours.get(number) == state for number, state in _books().items())


def _until(holds: Callable[[], bool], *, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            if holds():
                return
        except (requests.RequestException, psycopg.Error):
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"not so after {patience:.0f} s")
        time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 40))
