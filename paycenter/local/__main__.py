"""The command line of the local installation: `python -m paycenter.local run|demo|clean|exec`."""

import argparse
import os
import sys
from importlib import import_module

from paycenter.local.console import red
from paycenter.local.errors import LocalError


def main() -> int:
    """Do what the arguments say and return the exit code."""
    arguments = _parser().parse_args()
    # Imported only when asked for: `exec`, which begins every test run, has no use for Celery.
    module = import_module(f"paycenter.local.{arguments.action}")
    extra = [arguments.command] if arguments.action == "exec" else []
    try:
        code: int = module.main(os.environ, *extra)
    except LocalError as error:
        print(f"{red('error:')} {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # as shells say it
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m paycenter.local")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("run", help="run the whole payment center until Ctrl-C")
    actions.add_parser("demo", help="tell the story of one order, beside a running one")
    actions.add_parser("clean", help="delete the local data")
    execute = actions.add_parser("exec", help="run a command with temporary servers of its own")
    execute.add_argument("command", nargs="+", metavar="COMMAND")
    return parser


if __name__ == "__main__":
    sys.exit(main())
