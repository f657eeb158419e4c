"""The servers that tests and a local portal run on."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
import psycopg2
import redis
from celery import Celery

from dev import postgres, servers, valkey


def test_the_database_url_is_understood_by_the_settings():
    parsed = environ.Env.db_url_config(postgres.url(Path("/tmp/Some-Folder")))

    assert (parsed["NAME"], parsed["USER"], parsed["HOST"], parsed["PORT"]) == ("wild", "postgres", "", 5432)
    assert parsed["OPTIONS"] == {"host": "/tmp/Some-Folder/pgsock"}


def test_the_redis_url_is_understood_by_the_cache():
    url = valkey.url(Path("/tmp/Some-Folder"))

    assert redis.ConnectionPool.from_url(url).connection_kwargs["path"] == "/tmp/Some-Folder/kv/kv.sock"


def test_the_redis_url_of_this_run_is_understood_by_celery():
    with Celery(broker=os.environ["REDIS_URL"].replace("unix://", "redis+socket://", 1)).connection() as broker:
        assert broker.default_channel.client.ping() is True


def test_addresses_given_from_outside_are_used_and_nothing_is_started(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/wild")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    started = servers.start(tmp_path)

    assert started.environment == {"DATABASE_URL": "postgres://elsewhere/wild", "REDIS_URL": "redis://elsewhere/0"}
    assert not started.has_own("PostgreSQL")


def test_data_is_kept_between_runs_and_survives_a_kill(monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    with servers.Throwaway(careless=False) as first:
        var = Path(first.children[0].log).parent.parent
        options = environ.Env.db_url_config(first.environment["DATABASE_URL"])["OPTIONS"]
        with psycopg2.connect(dbname="wild", user="postgres", port=5432, **options) as connection:
            connection.cursor().execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('here')")
        connection.close()
        redis.from_url(first.environment["REDIS_URL"]).set("kept", "here")
        first.children[1].stop()
        first.children[0].process.kill()
        first.children[0].process.wait()

        again = servers.start(var)
        try:
            with psycopg2.connect(dbname="wild", user="postgres", port=5432, **options) as connection:
                cursor = connection.cursor()
                cursor.execute("SELECT word FROM kept")
                words = cursor.fetchall()
            connection.close()
            kept = redis.from_url(again.environment["REDIS_URL"]).get("kept")
        finally:
            again.stop()

    assert (words, kept) == ([("here",)], b"here")
    assert not var.exists()


def test_this_run_has_real_servers():
    database = environ.Env.db_url_config(os.environ["DATABASE_URL"])

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert urlsplit(os.environ["REDIS_URL"]).scheme in {"unix", "redis", "rediss"}


def test_a_run_with_its_own_database_server_drops_no_database_at_its_end(pytestconfig):
    assert bool(pytestconfig.getoption("reuse_db")) is ("pgsock" in os.environ["DATABASE_URL"])
