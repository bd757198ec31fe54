"""The way out for tenants' scripts: a proxy that knows which hosts a run may reach. Pure."""

from tooling.egress.hosts import Allowed, HostError
from tooling.egress.injection import Injection
from tooling.egress.proxy import Proxy
from tooling.egress.redaction import Redactor
from tooling.egress.types import Limits, RequestLog

__all__ = ["Allowed", "HostError", "Injection", "Limits", "Proxy", "Redactor", "RequestLog"]
