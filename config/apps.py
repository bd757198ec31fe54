from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    label = "installation"
    verbose_name = "Installation"

    def ready(self) -> None:
        from django.utils.module_loading import autodiscover_modules

        from config import celery, checks

        autodiscover_modules("tools", "context")
        assert celery and checks  # imported for what they register
