"""What the house's own pages of the admin have in common, beside the lists and forms that Django makes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from tenants_app.admin.base import actor_of
from tenants_app.crossings import note_views
from tenants_app.models import Tenant


class Pages:
    """Part of an admin class. A page is noted in the tenant's trail, and refused to whoever may not see such rows."""

    admin_site: Any
    opts: Any
    pages_in: ClassVar[str]  # of the admin's templates

    def at(self, route: str, view: Callable[..., Any], name: str) -> URLPattern:
        wrapped: Callable[..., HttpResponse] = self.admin_site.admin_view(view)
        return path(route, wrapped, name=name)

    def may(self, request: HttpRequest, verb: str) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.{verb}_{self.opts.model_name}"))

    def require(self, request: HttpRequest, verb: str) -> None:
        if not self.may(request, verb):
            raise PermissionDenied

    def page(
        self,
        request: HttpRequest,
        template: str,
        tenant: Tenant | None,
        context: Mapping[str, Any],
        *,
        subject: str = "",
        status: int = 200,
    ) -> HttpResponse:
        if tenant is not None and subject:
            note_views(actor_of(request), [tenant.pk], subject)
        whole = {**self.admin_site.each_context(request), "opts": self.opts, "tenant": tenant, **context}
        return TemplateResponse(request, f"admin/{self.pages_in}/{template}.html", whole, status=status)


def chosen_tenant(tenant_id: uuid.UUID) -> Tenant:
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant is None:
        raise Http404("There is no such tenant.")
    return tenant
