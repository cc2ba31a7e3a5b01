"""The steps of an application that may use an account of the company."""

from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.models import Application
from paycenter.operators.columns import page_of
from paycenter.operators.onboarding.company import Company
from paycenter.operators.onboarding.steps import Link, Section, State, Step
from paycenter.operators.returning import returning


def application_section(application: Application, company: Company, back: str) -> Section:
    """Return the steps about an application."""
    steps = (
        _in_use(application, back),
        _key(application, company, back),
        _url(application, back),
        _secret(application, back),
    )
    return Section(_("Application"), application.name, steps)


def no_application(company: Company, back: str) -> Section:
    """Return what is said where no application may use an account yet."""
    url = returning(
        reverse("admin:merchants_application_add"), back, group=company.merchant.group_id
    )
    add = Link(_("Add an application"), url, "merchants.add_application")
    note = _(
        "No application may use an account of this company yet. Grant an account to one that there "
        "is, in the account's section, or add a new one first."
    )
    step = Step(_("Key and notifications"), State.BLOCKED, note, (add,))
    return Section(_("Application"), _("none yet"), (step,))


def _in_use(application: Application, back: str) -> Step:
    title = _("Data")
    edit = _edit(application, back)
    if application.is_active:
        return Step(title, State.DONE, application.code, (edit,))
    note = _("The application is switched off: its requests are refused. Tick “active”.")
    return Step(title, State.TODO, note, (edit,))


def _key(application: Application, company: Company, back: str) -> Step:
    title = _("Access key and hand-over sheet")
    url = returning(reverse("admin:merchants_application_issue_key", args=[application.pk]), back)
    issue = Link(_("Issue an access key"), url, "merchants.add_applicationkey")
    if application.pk in company.keyed:
        note = _("It has a key. Another one comes with a new hand-over sheet.")
        return Step(title, State.DONE, note, (issue,))
    note = _(
        "It has no key. Issue one: you then see, once, the secret and the sheet for its developers."
    )
    return Step(title, State.TODO, note, (issue,))


def _url(application: Application, back: str) -> Step:
    title = _("Notification URL")
    edit = _edit(application, back)
    if application.notify_url:
        return Step(title, State.DONE, application.notify_url, (edit,))
    note = _("None: the application must name one in each request, or ask for what happened.")
    return Step(title, State.TODO, note, (edit,))


def _secret(application: Application, back: str) -> Step:
    title = _("Notification secret")
    url = returning(
        reverse("admin:merchants_application_issue_secret", args=[application.pk]), back
    )
    issue = Link(_("Issue a notification secret"), url, "merchants.add_applicationkey")
    if application.sealed_webhook_secret:
        return Step(title, State.DONE, _("Notifications are signed with it."))
    note = _("None: nothing can be notified.")
    return Step(title, State.TODO, note, (issue,))


def _edit(application: Application, back: str) -> Link:
    url = returning(page_of(application), back)
    return Link(_("Edit the application"), url, "merchants.change_application")
