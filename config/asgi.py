"""For servers that speak ASGI only; the project runs under WSGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("PROXYSTAFF_PROCESS", "web")
application = get_asgi_application()
