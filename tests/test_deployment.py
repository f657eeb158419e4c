"""The deployment files, as far as they can be judged without building an image: what a schema cannot see."""

import importlib
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from dev.environments import FOR_PRODUCTION
from tests.guards.tree import APPS, ROOT
from wild_portal import checks

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "beat", "migrate")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COPIED = re.findall(r"^COPY (?!--from)(\S+) (\S+)$", DOCKERFILE, re.M)


def run(*words: str | Path, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """A program with nothing in its environment but PATH and `env`."""
    kept = {"PATH": os.environ["PATH"], **env}
    return subprocess.run([str(word) for word in words], cwd=cwd, env=kept, capture_output=True, text=True, check=False)


# --- compose ----------------------------------------------------------------------------------------------------------
def test_the_compose_file_fits_the_schema() -> None:
    schema = run(
        sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"
    )

    assert (schema.returncode, schema.stdout) == (0, "ok -- validation done\n")


def test_what_runs_is_what_the_portal_needs() -> None:
    assert set(SERVICES) == {*OURS, "database", "broker", "mail"}
    assert SERVICES["database"]["image"].startswith("postgres:18.")
    assert SERVICES["broker"]["image"].startswith("valkey/valkey:9.")


def test_every_service_named_as_a_dependency_exists_and_can_meet_its_condition() -> None:
    for name, service in SERVICES.items():
        for needed, wish in service.get("depends_on", {}).items():
            condition = wish["condition"]
            assert needed in SERVICES, (name, needed)
            assert condition != "service_healthy" or "healthcheck" in SERVICES[needed], (name, needed)
            assert condition != "service_completed_successfully" or SERVICES[needed]["restart"] == "no", (name, needed)


def test_every_volume_network_and_secret_exists_and_is_used() -> None:
    for kind in ("volumes", "networks", "secrets"):
        used = {use.split(":")[0] for service in SERVICES.values() for use in service.get(kind, [])}
        assert used == set(COMPOSE[kind]), kind


def test_every_variable_is_explained_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    explained = set(re.findall(r"^(?:# )?([A-Z][A-Za-z_]+)=", example, re.M))
    asked = set(re.findall(r"\$\{([A-Za-z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    settings = (ROOT / "wild_portal" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:env\.\w+|required)\(\s*"([A-Z_]+)"', settings)) | {"VAR_DIR"}

    assert asked - explained == set()
    assert read - explained == set()


def test_a_required_variable_has_a_value_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    required = re.findall(r"\$\{([A-Za-z_]+):\?", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))

    assert set(required) <= set(re.findall(r"^([A-Z][A-Za-z_]+)=.+$", example, re.M))


def test_images_are_pinned_to_a_full_version() -> None:
    images = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    images += re.findall(r"^FROM (\S+) AS", DOCKERFILE, re.M)

    assert [image for image in images if not re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)*$", image)] == []
    assert len(set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.M))) == 1


def test_no_secret_stands_in_the_files() -> None:
    for name in ("docker-compose.yml", ".env.example", "Dockerfile"):
        text = (ROOT / name).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.strip().startswith("#")]
        secrets = [line for line in lines if re.search(r"(PASSWORD|SECRET_KEY|_TOKEN|DATABASE_URL)\s*[:=]\s*\w", line)]
        assert secrets == [], name
    for service in SERVICES.values():
        values = service.get("environment", {})
        hidden = [name for name in values if re.search("PASSWORD|SECRET_|TOKEN|DATABASE_URL", name)]
        assert all(name.endswith("_FILE") and values[name].startswith("/run/secrets/") for name in hidden)


def test_only_the_web_is_reachable_and_only_from_the_host_itself() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert ports == {"web": ["127.0.0.1:${WEB_PORT:-8000}:8000"]}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [name for name, service in SERVICES.items() if "outside" not in service["networks"]] == [
        "database",
        "broker",
    ]


def test_every_lasting_service_has_a_health_check_a_log_limit_and_restarts() -> None:
    for name, service in SERVICES.items():
        assert service["logging"]["options"]["max-size"] == "10m", name
        if name != "migrate":
            assert service["restart"] == "unless-stopped", name
            assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"]), name


def test_our_containers_can_do_nothing_but_their_work() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["depends_on"]["database"] == {"condition": "service_healthy"}


def test_the_database_keeps_its_data_in_the_volume() -> None:
    assert SERVICES["database"]["volumes"] == ["database:/var/lib/postgresql"]  # 18: a folder per version below it


def test_commands_name_modules_and_files_that_exist() -> None:
    for name in OURS:
        words = [str(word) for word in SERVICES[name]["command"]] + SERVICES[name].get("healthcheck", {}).get(
            "test", []
        )
        for word in words:
            if word.startswith("docker/"):
                assert (ROOT / word).is_file(), word
        assert shutil.which(words[0], path=Path(sys.executable).parent.as_posix() + os.pathsep + "/bin"), words[0]
    application, _, attribute = "wild_portal.wsgi:application".partition(":")
    assert callable(getattr(importlib.import_module(application), attribute))
    assert importlib.import_module("wild_portal.celery").app.main == "wild_portal"


# --- Dockerfile -------------------------------------------------------------------------------------------------------
def test_hadolint_finds_nothing() -> None:
    lint = run(Path(sys.executable).parent / "hadolint", "Dockerfile")

    assert (lint.returncode, lint.stdout) == (0, "")


def test_the_image_holds_the_portal_and_nothing_of_the_developer() -> None:
    sources = {source.rstrip("/") for source, _ in COPIED}
    apps = {app for app in APPS if (ROOT / app / "__init__.py").exists()}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert sources == apps | {"requirements/base.txt", "manage.py", "templates", "static", "locale", "docker"}
    assert allowed == sources


def test_libraries_are_locked_with_hashes_and_come_as_wheels() -> None:
    assert "--require-hashes --only-binary :all: -r /build/base.txt" in DOCKERFILE


def test_the_image_runs_as_an_account_without_rights_and_watches_itself() -> None:
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.M) == ["10001:10001"]
    assert 'CMD ["python", "docker/health.py", "web"]' in DOCKERFILE
    assert DOCKERFILE.rstrip().endswith('CMD ["gunicorn", "--config", "docker/gunicorn.conf.py", "wild_portal.wsgi"]')


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the Dockerfile copies, built with the commands of its first stage."""
    folder = tmp_path_factory.mktemp("image")
    for source, _ in COPIED:
        origin, target = ROOT / source, folder / source
        if origin.is_dir():
            shutil.copytree(origin, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "*.mo"))
        elif target.suffix != ".txt":
            shutil.copy(origin, target)
    return folder


def test_the_image_builds_its_catalogues_and_static_files_and_passes_its_checks(image: Path) -> None:
    catalogues = run(sys.executable, "-m", "wild_portal.catalogues", cwd=image)
    static = run(
        sys.executable,
        *("docker/with_build_settings.py", "manage.py", "collectstatic", "--no-input", "--verbosity", "0"),
        cwd=image,
        STATIC_ROOT=f"{image}/collected",
    )
    check = run(
        sys.executable,
        *("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        cwd=image,
        **FOR_PRODUCTION,
    )

    assert (catalogues.returncode, static.returncode, static.stderr) == (0, 0, ""), catalogues.stderr + static.stderr
    assert sorted(po.with_suffix(".mo").is_file() for po in image.glob("locale/*/LC_MESSAGES/django.po")) == [True] * 5
    assert (image / "collected" / "staticfiles.json").is_file()
    assert (check.returncode, check.stdout) == (0, "System check identified no issues (0 silenced).\n"), check.stderr


def test_gunicorn_accepts_its_configuration() -> None:
    words = ("-m", "gunicorn", "--check-config", "--config", "docker/gunicorn.conf.py", "wild_portal.wsgi")
    check = run(sys.executable, *words, **FOR_PRODUCTION)

    assert check.returncode == 0, check.stderr


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = run("sh", ROOT / "docker" / "make-secrets.sh", tmp_path / "secrets")
    made = {file.name: file.read_text() for file in sorted((tmp_path / "secrets").iterdir())}
    again = run("sh", ROOT / "docker" / "make-secrets.sh", tmp_path / "secrets")

    assert (first.returncode, again.returncode, again.stdout) == (0, 0, "")
    assert list(made) == ["database_password", "database_url", "relay_password", "secret_key"]
    assert len(made["secret_key"]) == 96
    assert made["database_url"] == f"postgres://wild:{made['database_password']}@database:5432/wild"
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == made
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


# --- the environment --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 32 characters."),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set."),
        ({"DATABASE_URL": "sqlite:////tmp/x"}, "DATABASE_URL must name a PostgreSQL database"),
        ({"REDIS_URL": "memory://"}, "REDIS_URL must begin with redis://"),
        ({"SITE_URL": "wild.example"}, "SITE_URL must be the address members type"),
        ({"SITE_URL": "http://wild.example"}, "SITE_URL must begin with https:// outside a demonstration"),
        ({"PORTAL_TIME_ZONE": "Geneva"}, "PORTAL_TIME_ZONE is 'Geneva', which is not an IANA time zone."),
        ({"SECRETARIAT_EMAIL": ""}, "SECRETARIAT_EMAIL and DEFAULT_FROM_EMAIL must be addresses"),
    ],
)
def test_nonsense_stops_the_start_and_says_what_to_do(change: dict[str, str], said: str) -> None:
    start = run(sys.executable, "manage.py", "check", **FOR_PRODUCTION | change)

    assert start.returncode != 0
    assert said in start.stderr.splitlines()[-1]


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 60)
    rest = {name: value for name, value in FOR_PRODUCTION.items() if name != "SECRET_KEY"}
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    start = run(sys.executable, "manage.py", "shell", "--no-imports", "-c", code, SECRET_KEY_FILE=str(key), **rest)

    assert (start.returncode, start.stdout) == (0, "k" * 60 + "\n"), start.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"DEMO": True}, "wild.W001"),
        ({"REQUIRE_SECOND_FACTOR": False}, "wild.W002"),
        ({"TRUSTED_PROXY_COUNT": 0}, "wild.W003"),
        ({"DEFAULT_FROM_EMAIL": "WILD"}, "wild.W004"),
        ({"MAIL_DOMAIN": "elsewhere.example"}, "wild.W005"),
        ({"EMAIL_HOST": "relay.example", "EMAIL_USE_TLS": False}, "wild.W006"),
        ({"EMAIL_HOST": "mail", "EMAIL_USE_TLS": False}, ""),
        ({"EMAIL_HOST": "relay.example", "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True}, ""),
    ],
)
def test_the_deploy_check_names_what_goes_wrong_quietly(change: dict[str, object], said: str, settings: Any) -> None:
    production = {"DEMO": False, "REQUIRE_SECOND_FACTOR": True, "HTTPS": True, "TRUSTED_PROXY_COUNT": 1}
    production |= {"DEFAULT_FROM_EMAIL": "WILD <no-reply@wild.example>", "MAIL_DOMAIN": "wild.example"}
    for name, value in {**production, "EMAIL_HOST": "relay.example", "EMAIL_USE_TLS": True, **change}.items():
        setattr(settings, name, value)
    messages = checks.site_is_real(None) + checks.mail_is_aligned(None)

    assert [message.id for message in messages] == [said] * bool(said)
    assert all(message.hint for message in messages)


def test_the_check_of_the_servers_looks_at_nothing_unless_a_database_is_named() -> None:
    assert (
        checks.files_are_built(None, None) + checks.database_is_ready(None, None) + checks.relay_answers(None, None)
        == []
    )


def test_the_check_of_the_servers_names_what_is_missing(db: None, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "fr" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "fr" / "LC_MESSAGES" / "django.po").touch()
    settings.DEMO, settings.STATIC_ROOT, settings.MEDIA_ROOT = False, tmp_path / "static", tmp_path / "files"
    settings.LOCALE_PATHS, settings.EMAIL_PORT = [tmp_path], 9
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | {"LOCATION": "no_such_table"}}

    messages = checks.files_are_built(None, ["default"]) + checks.database_is_ready(None, ["default"])
    messages += checks.relay_answers(None, ["default"])

    assert [message.id for message in messages] == ["wild.E001", "wild.E002", "wild.E003", "wild.E004", "wild.W008"]
    assert messages[-1].msg == "The mail relay does not answer: [Errno 111] Connection refused."


def test_the_check_of_the_servers_finds_a_ready_site_ready(db: None, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "fr" / "LC_MESSAGES").mkdir(parents=True)
    for name in ("fr/LC_MESSAGES/django.po", "fr/LC_MESSAGES/django.mo", "staticfiles.json"):
        (tmp_path / name).touch()
    settings.DEMO, settings.STATIC_ROOT, settings.MEDIA_ROOT = False, tmp_path, tmp_path
    settings.LOCALE_PATHS, settings.EMAIL_HOST, settings.EMAIL_USE_TLS = [tmp_path], "127.0.0.1", False

    assert checks.files_are_built(None, ["default"]) + checks.database_is_ready(None, ["default"]) == []
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_PORT = free.getsockname()[1]
    relay = Controller(Sink(), hostname="127.0.0.1", port=settings.EMAIL_PORT)
    relay.start()
    try:
        assert checks.relay_answers(None, ["default"]) == []
    finally:
        relay.stop()
