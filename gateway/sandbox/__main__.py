"""``python -m gateway.sandbox``: the simulated channels, served by gunicorn.

One worker process, because the state lives in its memory; 32 threads, because a slow channel must
be able to hold many requests.
"""

import argparse
import os
import sys
from pathlib import Path

_DEFAULT_DATA_DIR = Path(__file__).resolve().parents[2] / ".data" / "sandbox"


def main() -> None:
    """Read the command line and become the server."""
    arguments = _parser().parse_args()
    os.environ["SANDBOX_DATA_DIR"] = str(arguments.data_dir.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "gateway.sandbox.settings"
    command = [
        *(sys.executable, "-m", "gunicorn", "gateway.sandbox.wsgi:application"),
        *("--bind", f"{arguments.host}:{arguments.port}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", "32"),
        *("--graceful-timeout", "5", "--no-control-socket"),
    ]
    # No shell, and nothing but a host, a port and a folder from the command line.
    os.execv(sys.executable, command)  # noqa: S606  # nosec B606


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8001, help="port to listen on")
    parser.add_argument(
        "--data-dir", type=Path, default=_DEFAULT_DATA_DIR, help="folder for keys and state"
    )
    return parser


if __name__ == "__main__":
    main()
