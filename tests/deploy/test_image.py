"""The description of the image: judged by a linter, and its paths by the project as it is."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.files import DEPLOY, ROOT, compose

HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed")
def test_the_linter_finds_nothing() -> None:
    done = subprocess.run(
        [str(HADOLINT), DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_process_is_not_root_and_owns_no_code() -> None:
    last_stage = DOCKERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)
    assert "--chown" not in last_stage


def test_nothing_secret_is_built_in() -> None:
    """Neither a setting that is a secret, nor a file that could hold one."""
    assert not re.search(r"^(ENV|ARG) .*(SECRET|PASSWORD|SEALING|URL)", DOCKERFILE, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert "**/center.env" in ignored


def test_everything_that_is_let_into_the_image_exists() -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"]
    assert [name for name in let_in if not (ROOT / name).exists()] == []


def test_every_installed_app_is_let_in() -> None:
    """A package that is missing would be noticed only when the image starts."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    let_in = (ROOT / ".dockerignore").read_text().split()
    assert packages <= {line.removeprefix("!") for line in let_in}


def test_compose_keeps_to_the_specification() -> None:
    specification = pytest.importorskip("compose_spec", reason="compose-spec is not installed")
    found = specification.PyCompose.from_yaml(yaml.safe_dump(compose()))
    found.validate()
    assert sorted(found.service_names()) == sorted(compose()["services"])


def test_the_center_of_compose_is_shut_in() -> None:
    for name, service in compose()["services"].items():
        if "env_file" in service:
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name


def test_only_the_proxy_is_reached_from_outside() -> None:
    services = compose()["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
