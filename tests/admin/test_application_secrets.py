"""A secret is shown once, in the answer that issued it, and can be found nowhere afterwards."""

import re

from django.contrib.sessions.models import Session
from django.test import Client

from merchants.keys import issue_key
from merchants.models import Application, ApplicationKey
from tests.admin.pages import address, every_page, read
from tests.admin.rows import Company
from tests.support.audit import deeds


def button(application: Application, name: str) -> str:
    """Return the address of a button on the application's page."""
    return address(Application, "change", application.pk).replace("/change/", f"/{name}/")


def press(browser: Client, application: Application, name: str) -> str:
    """Ask for a secret and confirm; returns the page that answers."""
    url = button(application, name)
    seen = re.search(r'name="seen" value="([^"]*)"', read(browser, url))
    assert seen is not None
    return browser.post(url, {"seen": seen[1]}, follow=True).content.decode()


def secret_on(page: str, prefix: str) -> str:
    """Return the secret a page shows."""
    found = re.search(rf'data-copy="({prefix}[^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_key_is_issued_and_its_secret_shown_once(browser: Client, company: Company) -> None:
    page = press(browser, company.application, "issue_key")
    secret = secret_on(page, "sk_")
    key = ApplicationKey.objects.latest("id")
    assert key.unseal("sealed_secret") == secret
    assert key.key_id in page
    for url in every_page(deeds().get().user):
        assert secret not in read(browser, url), url


def test_no_session_and_no_log_keeps_a_secret(browser: Client, company: Company) -> None:
    for name, prefix in (("issue_key", "sk_"), ("issue_secret", "whsec_")):
        secret = secret_on(press(browser, company.application, name), prefix)
        sessions = [session.get_decoded() for session in Session.objects.all()]
        logs = list(deeds().values())
        assert secret not in str(sessions) + str(logs)


def test_no_browser_may_keep_the_page(browser: Client, company: Company) -> None:
    url = button(company.application, "issue_key")
    seen = re.search(r'name="seen" value="([^"]*)"', read(browser, url))
    assert seen is not None
    answer = browser.post(url, {"seen": seen[1]})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_sending_the_same_form_again_issues_nothing(browser: Client, company: Company) -> None:
    """A second webhook secret would push out the one the application is changing to."""
    url = button(company.application, "issue_secret")
    seen = re.search(r'name="seen" value="([^"]*)"', read(browser, url))
    assert seen is not None
    first = secret_on(browser.post(url, {"seen": seen[1]}).content.decode(), "whsec_")
    again = browser.post(url, {"seen": seen[1]}, follow=True).content.decode()
    assert "内容已被更改" in again
    company.application.refresh_from_db()
    assert company.application.unseal("sealed_webhook_secret") == first


def test_a_form_without_what_was_seen_issues_nothing(browser: Client, company: Company) -> None:
    browser.post(button(company.application, "issue_key"))
    assert ApplicationKey.objects.count() == 1


def test_a_third_key_is_refused(browser: Client, company: Company) -> None:
    issue_key(company.application)
    page = press(browser, company.application, "issue_key")
    assert "两把密钥都在启用中" in page
    assert ApplicationKey.objects.count() == 2


def test_the_former_secret_signs_until_it_is_retired(browser: Client, company: Company) -> None:
    application = company.application
    former = application.unseal("sealed_webhook_secret")
    own_page = address(Application, "change", application.pk)
    assert "停用原通知密钥" not in read(browser, own_page)
    press(browser, application, "issue_secret")
    application.refresh_from_db()
    assert application.unseal("sealed_previous_webhook_secret") == former
    assert "停用原通知密钥" in read(browser, own_page)
    browser.post(button(application, "retire_secret"))
    application.refresh_from_db()
    assert application.sealed_previous_webhook_secret == ""
    assert browser.post(button(application, "retire_secret")).status_code == 403
