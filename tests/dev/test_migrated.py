"""Databases for tests are born migrated."""

import os

import pytest
from django.db import connection

from dev.migrated import checksum, copy, forget_all_but
from dev.places import ROOT


@pytest.mark.django_db
def test_every_migration_is_recorded_once():
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name, count(*) FROM django_migrations GROUP BY app, name")
        rows = cursor.fetchall()

    ours = {(path.parent.parent.name, path.stem) for path in ROOT.glob("*/migrations/[0-9]*.py")}
    assert {(app, name) for app, name, _ in rows} >= ours
    assert {count for _, _, count in rows} == {1}


def test_the_checksum_follows_the_programs_in_use(monkeypatch):
    before = checksum()
    monkeypatch.setenv("PG_BIN", "/elsewhere")

    assert checksum() != before
    assert len(before) == 20


def test_a_copy_keeps_owners_and_modes(tmp_path):
    source = tmp_path / "a"
    (source / "base").mkdir(parents=True, mode=0o700)
    (source / "base" / "1").write_text("x")
    source.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(source, 65534, 65534)

    copy(source, tmp_path / "b")

    owner = source.stat()
    assert [(path.stat().st_uid, path.stat().st_gid) for path in ((tmp_path / "b"), *(tmp_path / "b").rglob("*"))] == [
        (owner.st_uid, owner.st_gid)
    ] * 3
    assert (tmp_path / "b").stat().st_mode == owner.st_mode


def test_the_clusters_used_last_are_kept(tmp_path):
    for age, name in enumerate(("new", "middle", "old")):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "being.made.new").mkdir()

    forget_all_but(2, tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {"new", "middle", "being.made.new"}
