"""The guided path of a company: every step, computed from its rows alone.

Nothing here is kept: what is entered on the pages that there are makes a step done.
"""

from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.models import Merchant
from paycenter.operators.columns import page_of
from paycenter.operators.onboarding.account_steps import account_section
from paycenter.operators.onboarding.application_steps import application_section, no_application
from paycenter.operators.onboarding.company import Company
from paycenter.operators.onboarding.owner_steps import owner_section
from paycenter.operators.onboarding.steps import Link, Section, State, Step
from paycenter.operators.returning import returning


def checklist_url(merchant: Merchant) -> str:
    """Return the address of a company's checklist."""
    return reverse("admin:merchants_merchant_onboarding", args=[merchant.pk])


def checklist(company: Company) -> list[Section]:
    """Return the steps of a company, in the order in which they are done."""
    back = checklist_url(company.merchant)
    sections = [_company(company, back)]
    for owner in company.owners:
        sections.append(owner_section(owner, company, back))
        sections += [
            account_section(account, owner, company, back)
            for account in owner.payment_accounts.all()
        ]
    applications = [application_section(one, company, back) for one in company.applications]
    return [*sections, *(applications or [no_application(company, back)])]


def _company(company: Company, back: str) -> Section:
    merchant = company.merchant
    steps = (_group(merchant), _data(merchant, back), _projects(company, back))
    last = (_people(company, back), _channel_merchants(company, back))
    return Section(_("Property company"), merchant.name, (*steps, *last))


def _group(merchant: Merchant) -> Step:
    return Step(_("Property group"), State.DONE, merchant.group.name)


def _data(merchant: Merchant, back: str) -> Step:
    edit = Link(
        _("Edit the company"), returning(page_of(merchant), back), "merchants.change_merchant"
    )
    if not merchant.is_active:
        note = _("The company is switched off: nothing can be paid to it. Tick “active”.")
        return Step(_("Company data"), State.TODO, note, (edit,))
    note = _("Residents read “%(name)s”. The merchant id, for applications:") % {
        "name": merchant.display_name
    }
    return Step(_("Company data"), State.DONE, note, (edit,), copy=merchant.merchant_no)


def _projects(company: Company, back: str) -> Step:
    url = returning(reverse("admin:merchants_project_add"), back, merchant=company.merchant.pk)
    add = Link(_("Add a project"), url, "merchants.add_project")
    if company.projects:
        names = ", ".join(project.name for project in company.projects)
        return Step(_("Projects"), State.DONE, names, (add,))
    note = _("None yet. Enter one for each community that has payment accounts of its own.")
    return Step(_("Projects"), State.OPTIONAL, note, (add,))


def _people(company: Company, back: str) -> Step:
    url = returning(reverse("admin:auth_user_add"), back)
    add = Link(_("Add a person"), url, "auth.add_user")
    if company.has_people:
        note = _("Somebody has a role here.")
        return Step(_("People who work here"), State.DONE, note, (add,))
    note = _(
        "Nobody has a role for this company yet. Add a person and give them a role, such as "
        "company operator, for the company or its group."
    )
    return Step(_("People who work here"), State.TODO, note, (add,))


def _channel_merchants(company: Company, back: str) -> Step:
    url = returning(
        reverse("admin:merchants_channelmerchant_add"), back, merchant=company.merchant.pk
    )
    add = Link(_("Add a channel merchant"), url, "merchants.add_channelmerchant")
    title = _("Channel merchants")
    if company.owners:
        note = _("Each is a section below. Add one for every further channel.")
        return Step(title, State.DONE, note, (add,))
    note = _(
        "None yet. Enter the company's account at a channel, by the number the channel gave it."
    )
    return Step(title, State.TODO, note, (add,))
