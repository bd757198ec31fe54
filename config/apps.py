from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin


class ConfigConfig(AppConfig):
    name = "config"
    label = "installation"
    verbose_name = "Installation"

    def ready(self) -> None:
        from django.utils.module_loading import autodiscover_modules

        from config import celery, checks  # noqa: F401 - imported for what they register

        if settings.PROCESS not in {"web", "beat"}:  # they talk with nobody: tools would only cost them their start
            autodiscover_modules("tools", "context", "commands", "recall")
        if settings.PROCESS not in {"web", "worker", "beat"}:
            admin.autodiscover()
