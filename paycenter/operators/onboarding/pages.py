"""The pages of the guided path: where a new company begins, and the checklist of one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.models import Merchant, PropertyGroup
from paycenter.operators.confirm import page_context
from paycenter.operators.onboarding.checklist import checklist, checklist_url
from paycenter.operators.onboarding.company import read_company
from paycenter.operators.onboarding.steps import Section, missing, open_to, progress
from paycenter.operators.returning import returning
from paycenter.operators.roles.held import Person, companies_with
from paycenter.operators.roles.scoping import visible
from paycenter.operators.theme import ModelAdmin

LATEST = 10
"""Groups and companies that the first page names; others are found in their lists."""


def start_page(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Say how a property company is set up, and begin: its group, then the company."""
    back = request.path
    add = reverse("admin:merchants_merchant_add")
    groups = visible(request.user, PropertyGroup.objects.all()).order_by("-pk")[:LATEST]
    companies = admin.get_queryset(request).select_related("group").order_by("-pk")[:LATEST]
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": _("New property company"),
        "media": admin.media,
        "add_group_url": returning(reverse("admin:merchants_propertygroup_add"), back),
        "groups": [(group, returning(add, "", group=group.pk)) for group in groups],
        "companies": [(company, checklist_url(company)) for company in companies],
    }
    return TemplateResponse(request, "admin/onboarding_start.html", context)


def checklist_page(admin: ModelAdmin, request: HttpRequest, merchant: Merchant) -> HttpResponse:
    """Show what is done and what is missing for a company, and where it is done."""
    sections = checklist(read_company(merchant))
    done, wanted = progress(sections)
    shown = open_to(sections, _permissions(request.user, sections, merchant))
    context = page_context(admin, request, merchant, _("Onboarding"))
    context |= {"sections": shown, "done": done, "wanted": wanted}
    context |= {"next_step": next(iter(missing(shown)), None)}
    return TemplateResponse(request, "admin/onboarding.html", context)


def missing_card(
    reader: Person,
    merchant: Merchant,
    *,
    channel_merchant_id: int | None = None,
    account_id: int | None = None,
) -> dict[str, Any] | None:
    """Return what a card says on the page of a company, or of what it collects with.

    None for who may not see the checklist, and where nothing is missing. Of a channel merchant only
    its own steps count, and of an account its own and its channel merchant's.
    """
    if not visible(reader, Merchant.objects.filter(pk=merchant.pk)).exists():
        return None
    sections = checklist(read_company(merchant))
    if channel_merchant_id is not None:
        sections = [one for one in sections if one.channel_merchant_id == channel_merchant_id]
    if account_id is not None:
        sections = [one for one in sections if one.account_id in {None, account_id}]
    steps = missing(sections)
    return {"missing": steps, "url": checklist_url(merchant)} if steps else None


def _permissions(reader: Person, sections: list[Section], merchant: Merchant) -> frozenset[str]:
    """Return which of the permissions that the steps want a person has for this company."""
    wanted = {link.permission for one in sections for step in one.steps for link in step.links}
    return frozenset(one for one in wanted if _may(reader, one, merchant))


def _may(reader: Person, permission: str, merchant: Merchant) -> bool:
    companies = companies_with(reader, permission)
    return companies is None or merchant.pk in companies
