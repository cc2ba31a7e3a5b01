"""Planted secrets appear nowhere: pages, exports, answers, logs, messages to workers, columns."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from merchants.models import Application, ApplicationKey, Membership, Merchant, Role
from notifications.models import Event
from paycenter.operators.exporting.exported import ExportedAdmin
from tests.admin.pages import address, every_page, registered
from tests.canaries.finding import text_of
from tests.canaries.scene import Scene
from tests.support.workers import Workers

READERS = (*Role, None)
"""``None``: a superuser."""


@pytest.fixture(autouse=True)
def _written_to_the_last(caplog: pytest.LogCaptureFixture) -> None:
    """Hear everything that any logger of ours or of Django's would write at its most talkative."""
    caplog.set_level(logging.DEBUG)


def _reader(role: Role | None) -> Client:
    """Return the browser of somebody with a role."""
    name = f"reader-{role}"
    user = User.objects.create(username=name, is_staff=True, is_superuser=role is None)
    merchant, application = Merchant.objects.get(), Application.objects.get()
    if role == Role.PLATFORM:
        Membership.objects.create(user=user, role=role)
    elif role == Role.DEVELOPER:
        Membership.objects.create(user=user, role=role, application=application)
    elif role is not None:
        Membership.objects.create(user=user, role=role, merchant=merchant)
    browser = Client()
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser


def _files() -> Iterator[str]:
    for model, pages in registered():
        if isinstance(pages, ExportedAdmin):
            yield from (address(model, "export", kind) for kind in ("csv", "xlsx"))


def _shown(browser: Client, url: str) -> str:
    answer: Any = browser.get(url)
    assert answer.status_code in {200, 302, 403, 404}, (url, answer.status_code)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return text_of(content, answer.headers.get("Content-Type", "")) + repr(dict(answer.headers))


def test_a_days_work_writes_no_secret_anywhere(
    scene: Scene, workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    scene.whole_day(workers)
    assert Event.objects.filter(type="refund.succeeded").count() >= 2
    pages = [*every_page(scene.operator), *_files()]
    assert len(pages) > 100
    for role in READERS:
        browser = _reader(role)
        for url in pages:
            assert not scene.canaries.in_text(_shown(browser, url)), (role, url)
    assert len(scene.canaries.secrets) > 12
    assert scene.canaries.in_database() == []
    assert scene.canaries.where_kept() == scene.canaries.kept
    assert scene.canaries.in_text(caplog.text) == []
    assert scene.canaries.in_text(repr(workers.messages)) == []
    # Its own words come back to the application.
    assert scene.canaries.in_text(repr(scene.answers)) == ["payer's phone"]
    told = repr([(one.path, one.headers, one.body) for one in scene.receiver.received])
    assert scene.canaries.in_text(told) == ["payer's phone"]
    assert scene.canaries.in_text(repr([one.document for one in scene.chat.taken])) == []


def test_a_secret_is_handed_over_once_and_kept_nowhere(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """The scan finds what is shown: on the one page that hands a new key over, and there alone."""
    ApplicationKey.objects.all().delete()
    browser = _reader(None)
    button = address(Application, "change", Application.objects.get().pk)
    url = button.replace("/change/", "/issue_key/")
    seen = re.search(r'name="seen" value="([^"]*)"', _shown(browser, url))
    assert seen is not None
    answer = browser.post(url, {"seen": seen[1]}).content.decode()
    secret = ApplicationKey.objects.get().unseal("sealed_secret")
    scene.canaries.secrets["new key"] = secret
    assert scene.canaries.in_text(answer) == ["new key"]
    for page in (url, button, address(Application, "changelist")):
        assert scene.canaries.in_text(_shown(browser, page)) == []
    assert scene.canaries.in_database() == []
    assert scene.canaries.in_text(caplog.text) == []


def test_the_scan_finds_what_leaks(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Each place is looked at: a secret that is put there is named, and not shown."""
    secret = scene.canaries.secrets["wechat apiv3_key"]
    logging.getLogger("gateway").debug("the key is %s", secret)
    assert scene.canaries.in_text(caplog.text) == ["wechat apiv3_key"]
    Merchant.objects.update(display_name=f"a{secret}"[:50])
    Application.objects.update(allowed_hosts=[secret])
    assert scene.canaries.in_database() == [
        "wechat apiv3_key in merchants_application.allowed_hosts",
        "wechat apiv3_key in merchants_merchant.display_name",
    ]
    User.objects.update(first_name=scene.canaries.payers["payer's phone"])
    assert "payer's phone in auth_user.first_name" in scene.canaries.in_database()
