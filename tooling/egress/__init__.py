"""The way out for tenants' scripts: a proxy that knows which hosts a run may reach. Pure."""
