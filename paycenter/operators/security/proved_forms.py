"""Forms that hold a key, or give somebody power: shown and taken only under a proof (``proof``)."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from paycenter.operators.security.proof import proof_first
from paycenter.operators.theme import ModelAdmin


class ProvedForms(ModelAdmin):
    """Pages of a model whose rows are entered and changed only by who proved who they are."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask first; who may only look is not asked."""
        may_write = self.has_change_permission(request) or self.has_add_permission(request)
        asked = proof_first(request) if may_write else None
        if asked is not None:
            return asked
        return super().changeform_view(request, object_id, form_url, extra_context)
