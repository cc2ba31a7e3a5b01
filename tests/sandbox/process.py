"""The real sandbox program on a free port, with a data folder of its own."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from gateway.sandbox.identity import Identity, load_or_create

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 30


class Sandbox:
    """Starts, stops and controls one sandbox; ``restart`` keeps port and data."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.identity: Identity = load_or_create(data_dir)
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._process = self._launch()

    def stop(self) -> None:
        """End it at once, as a crash would."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Crash and start again."""
        self.stop()
        _wait_until(lambda: not self._answers())
        self._process = self._launch()

    def control(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """POST to the control API and return its answer, which must be a success."""
        response = self.try_control(path, body)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def try_control(self, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        """POST to the control API."""
        return requests.post(f"{self.url}/control/{path}", json=body or {}, timeout=30)

    def look(self, path: str) -> dict[str, Any]:
        """GET from the control API."""
        response = requests.get(f"{self.url}/control/{path}", timeout=30)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def fault(self, operation: str, fault: str, **more: Any) -> None:
        """Switch a fault of WeChat Pay on."""
        wanted = {"channel": "wechat", "operation": operation, "fault": fault, **more}
        self.control("faults", wanted)

    def settle(self, **wanted: Any) -> None:
        """Change settings of WeChat Pay."""
        self.control("wechat/settings", wanted)

    def _launch(self) -> subprocess.Popen[bytes]:
        port = self.url.rpartition(":")[2]
        command = [sys.executable, "-m", "gateway.sandbox", "--port", port]
        with (self.data_dir / "log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--data-dir", str(self.data_dir)], cwd=_ROOT, stderr=log, stdout=log
            )
        _wait_until(self._answers)
        return process

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False


def _wait_until(condition: Any) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the sandbox did not start or stop in time"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
