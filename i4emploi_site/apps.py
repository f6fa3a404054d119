from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "i4emploi_site"

    def ready(self) -> None:
        from i4emploi_site import checks  # noqa: F401  importing registers them
