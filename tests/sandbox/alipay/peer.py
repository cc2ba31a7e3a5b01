"""A client library of somebody else in a process of its own; one line of JSON asks, one answers."""

import json
import subprocess
from pathlib import Path
from typing import Any

_PEERS = Path(__file__).parents[2] / "peers"


class Peer:
    """Runs a program of the peers' folder."""

    def __init__(self, *command: str, setup: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=_PEERS,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.ask(setup=setup)

    def ask(self, **wish: Any) -> dict[str, Any]:
        """Have one wish fulfilled."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(wish) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "the program ended; is its library installed?"
        return dict(json.loads(line))

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.communicate()
