"""The project as an app: it brings the deploy checks."""

from django.apps import AppConfig

from wild_portal import checks


class WildPortalConfig(AppConfig):
    name = "wild_portal"
    deploy_checks = checks  # importing them registers them
