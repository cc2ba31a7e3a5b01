#!/usr/bin/env python
"""Django's command line for the payment center."""

import importlib.util
import os
import sys
from pathlib import Path

VENV_PYTHON = Path(__file__).resolve().parent / ".venv" / "bin" / "python"


def main() -> None:
    """Run the command in the project's virtual environment, also when called from outside it."""
    if importlib.util.find_spec("django") is None and VENV_PYTHON.exists():
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])  # noqa: S606 (our own interpreter)
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (found above)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paycenter.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
