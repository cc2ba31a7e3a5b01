"""The sandbox beside the center, an application that is notified, and a chat with a robot."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from pytest_django import Settings

from gateway.sandbox.identity import load_or_create
from merchants.models import Application
from tests.admin.rows import ROBOT_SECRET, ROBOT_TOKEN
from tests.canaries.scene import Door, Scene
from tests.contract.sandbox import Sandbox, running_sandbox
from tests.notifications.receiver import Receiver
from tests.support.fake_dingtalk import Listener, fake_dingtalk


@pytest.fixture(scope="module")
def sandbox_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sandbox's keys, made beforehand: making them takes its time."""
    folder = tmp_path_factory.mktemp("sandbox")
    load_or_create(folder)
    return folder


@pytest.fixture(scope="module")
def sandbox(sandbox_dir: Path) -> Iterator[Sandbox]:
    """A sandbox that runs."""
    with running_sandbox(sandbox_dir) as running:
        yield running


@pytest.fixture
def scene(
    transactional_db: None, settings: Settings, sandbox: Sandbox, sandbox_dir: Path
) -> Iterator[Scene]:
    """Everything is planted; nothing has happened yet."""
    settings.SANDBOX_URL, settings.SANDBOX_DATA_DIR = sandbox.base_url, sandbox_dir
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOW_PRIVATE_URLS = True
    door, receiver = Door(), Receiver()
    Thread(target=receiver.serve_forever, daemon=True).start()
    settings.PUBLIC_BASE_URL = door.base_url
    with fake_dingtalk() as chat:
        settings.DINGTALK_URL = chat.url
        chat.listeners[ROBOT_TOKEN] = Listener(ROBOT_SECRET, "支付")
        scene = Scene(sandbox, door, chat, receiver)
        Application.objects.update(notify_url=receiver.url("/taken"), allowed_hosts=["127.0.0.1"])
        yield scene
    door.close()
    receiver.shutdown()
    receiver.server_close()
