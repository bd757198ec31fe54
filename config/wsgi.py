"""The web process (webhooks, health) and, with PROXYSTAFF_PROCESS=admin, the admin's."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("PROXYSTAFF_PROCESS", "web")
application = get_wsgi_application()
