"""The sample of the environment names every setting there is, and works once it is filled in."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.deploy.files import DEPLOY, ROOT, SETTINGS

SAMPLE = DEPLOY / "center.env.example"
OF_COMPOSE = {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}


def _named() -> set[str]:
    return set(re.findall(r"^#?([A-Z_]+)=", SAMPLE.read_text(), re.MULTILINE))


def test_the_sample_names_every_setting_and_no_other() -> None:
    read = set(SETTINGS.findall((ROOT / "paycenter/settings.py").read_text()))
    assert len(read) >= 30
    assert _named() - OF_COMPOSE == read


def test_the_filled_in_sample_starts_the_center(tmp_path: Path) -> None:
    """Also ``check --deploy`` finds nothing: what the sample sets is fit for real money."""
    text = SAMPLE.read_text().replace("SECRET_KEY=\n", f"SECRET_KEY={'0123456789' * 6}\n", 1)
    text = text.replace("SEALING_KEYS=\n", f"SEALING_KEYS=k1:{'A' * 43}=\n", 1)
    (tmp_path / "center.env").write_text(text)
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(tmp_path / "center.env")}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
