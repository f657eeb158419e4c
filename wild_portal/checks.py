"""What `manage.py check --deploy` says about a real site; with `--database default` it also looks at the servers.

Every message says what to do. The settings themselves refuse what can never work (settings.py); here stands what
starts and then goes wrong quietly: mail that lands in spam, limits that see one address, a door without a second lock.
"""

import smtplib
from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import cast

from django.apps import AppConfig
from django.conf import settings
from django.core import mail
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

Apps = Sequence[AppConfig] | None


@register(Tags.security, deploy=True)
def site_is_real(app_configs: Apps, **_kwargs: object) -> list[CheckMessage]:
    """Warnings about switches and addresses that belong to a demonstration."""
    found: list[CheckMessage] = []
    if settings.DEMO:
        hint = "Unset DEMO: it shows every caught mail at /dev/mail/ and offers logins with a known password."
        found.append(Warning("This is a demonstration site.", hint=hint, id="wild.W001"))
    if not settings.REQUIRE_SECOND_FACTOR:
        hint = "Unset REQUIRE_SECOND_FACTOR: staff, focal points and alternates then need a code or a passkey."
        found.append(Warning("A password alone opens the admin.", hint=hint, id="wild.W002"))
    if settings.HTTPS and not settings.TRUSTED_PROXY_COUNT:
        hint = (
            "Set TRUSTED_PROXY_COUNT to the number of proxies in front: else every request is sent to https:// again."
        )
        found.append(Warning("SITE_URL is https://, but no proxy is trusted to say so.", hint=hint, id="wild.W003"))
    return found


@register(Tags.security, deploy=True)
def mail_is_aligned(app_configs: Apps, **_kwargs: object) -> list[CheckMessage]:
    """Warnings about a sender that receivers will not believe (DMARC)."""
    found: list[CheckMessage] = []
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    domain = address.partition("@")[2]
    if not domain:
        hint = "Set DEFAULT_FROM_EMAIL to an address of your own domain, such as WILD <no-reply@wild.example.org>."
        found.append(Warning("DEFAULT_FROM_EMAIL holds no address.", hint=hint, id="wild.W004"))
    elif domain != settings.MAIL_DOMAIN:
        hint = f"Set MAIL_DOMAIN={domain}: Message-IDs, signatures and the sender then name one domain."
        found.append(
            Warning(f"The sender is at {domain}, MAIL_DOMAIN is {settings.MAIL_DOMAIN}.", hint=hint, id="wild.W005")
        )
    is_local = settings.EMAIL_HOST in {"127.0.0.1", "::1", "localhost"} or "." not in settings.EMAIL_HOST
    if not is_local and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        hint = "Write EMAIL_URL as smtp+tls://user:password@host:587, or run a relay on this host."
        found.append(Warning("Mail crosses the network in clear text.", hint=hint, id="wild.W006"))
    return found


@register(Tags.database, deploy=True)
def files_are_built(app_configs: Apps, databases: Sequence[str] | None, **_kwargs: object) -> list[CheckMessage]:
    """Errors about what a build or an operator must have put in place."""
    found: list[CheckMessage] = []
    if not databases:
        return found
    if not settings.DEMO and not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        hint = "Run `manage.py collectstatic --no-input`; the image does it while it is built."
        found.append(Error(f"There are no static files in {settings.STATIC_ROOT}.", hint=hint, id="wild.E001"))
    catalogues = [po for folder in settings.LOCALE_PATHS for po in Path(folder).glob("*/LC_MESSAGES/*.po")]
    if missing := [po for po in catalogues if not po.with_suffix(".mo").exists()]:
        hint = "Run `python -m wild_portal.catalogues`; the image does it while it is built."
        found.append(Error(f"{len(missing)} catalogues are not compiled.", hint=hint, id="wild.E002"))
    if not Path(settings.MEDIA_ROOT).is_dir():
        hint = "Make the folder, owned by the portal's account and closed to others, or set MEDIA_ROOT."
        found.append(Error(f"There is no folder for files at {settings.MEDIA_ROOT}.", hint=hint, id="wild.E003"))
    return found


@register(Tags.database, deploy=True)
def database_is_ready(app_configs: Apps, databases: Sequence[str] | None, **_kwargs: object) -> list[CheckMessage]:
    """Errors about a database of another major version or without the cache's table."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if (version := getattr(connection, "pg_version", 0)) < 180000:
            hint = "The portal is tested on PostgreSQL 18; move the data there with pg_dump and pg_restore."
            found.append(Warning(f"PostgreSQL is {version // 10000}.", hint=hint, id="wild.W007"))
        if cast("dict[str, str]", settings.CACHES["default"])["LOCATION"] not in connection.introspection.table_names():
            hint = "Run `manage.py migrate`: sign-in limits are counted in that table."
            found.append(Error("The table of the cache is missing.", hint=hint, id="wild.E004"))
    return found


@register(Tags.database, deploy=True)
def relay_answers(app_configs: Apps, databases: Sequence[str] | None, **_kwargs: object) -> list[CheckMessage]:
    """A warning where the mail relay does not answer now; mail waits in the outbox, so it is no error."""
    if not databases:
        return []
    try:
        with mail.get_connection("django.core.mail.backends.smtp.EmailBackend", timeout=5):
            return []
    except (OSError, smtplib.SMTPException) as error:
        hint = "Check EMAIL_URL and the relay. Owed mail waits and is sent when it answers."
        return [Warning(f"The mail relay does not answer: {error}.", hint=hint, id="wild.W008")]
