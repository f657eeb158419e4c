"""What commands beside `make run` are told."""

import stat

from dev.places import take_lock
from dev.running import environment_of_running, publish, withdraw


def test_commands_beside_a_running_portal_get_its_environment(tmp_path):
    with take_lock(tmp_path):
        publish(tmp_path, {"DATABASE_URL": "postgres://x"})

        assert environment_of_running(tmp_path) == {"DATABASE_URL": "postgres://x"}
        assert stat.S_IMODE((tmp_path / "servers.json").stat().st_mode) == 0o600


def test_a_file_left_by_a_killed_run_is_not_believed(tmp_path):
    with take_lock(tmp_path):
        publish(tmp_path, {"DATABASE_URL": "postgres://x"})

    assert environment_of_running(tmp_path) == {}


def test_nothing_is_told_before_and_after(tmp_path):
    assert environment_of_running(tmp_path / "none") == {}

    with take_lock(tmp_path):
        assert environment_of_running(tmp_path) == {}
        publish(tmp_path, {})
        withdraw(tmp_path)
        assert environment_of_running(tmp_path) == {}


def test_a_broken_file_is_as_good_as_none(tmp_path):
    with take_lock(tmp_path):
        (tmp_path / "servers.json").write_text("[")

        assert environment_of_running(tmp_path) == {}
