from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsAppConfig(AppConfig):
    name = "tenants_app"
    verbose_name = "Tenants"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tenants_app.grants import grant_access

        post_migrate.connect(grant_access, sender=self)
