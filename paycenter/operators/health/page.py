"""The page that shows how all channels and accounts do right now."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from paycenter.operators.health.overview import read_overview


def channel_health(request: HttpRequest) -> HttpResponse:
    """Show it to who may see the history of it; ``admin_view`` let them in."""
    if not request.user.has_perm("gateway.view_healthchange"):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("Channel health"),
        "overview": read_overview(request.user),
        "may_switch": request.user.has_perm("merchants.add_channelswitch"),
    }
    return TemplateResponse(request, "health/channels.html", context)
