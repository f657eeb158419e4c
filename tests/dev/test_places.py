"""Where local data and sockets stand."""

import os
import stat
from pathlib import Path

import pytest

from dev.console import Failure
from dev.places import secret_key_file, suits_servers, take_lock, var_folder, work_folder


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder with a short plain path that everybody may enter, such as a checkout's own var."""
    folder = Path(os.path.realpath("/tmp")) / f"wild-places-{os.getpid()}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    yield folder
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_symlink() or path.is_file() else path.rmdir()
    folder.rmdir()


@pytest.mark.parametrize(
    ("name", "suits"),
    [("var", True), ("a b", False), ("o'clock", False), ("día", False), ("a,b", False), ("x" * 70, False)],
)
def test_servers_stand_in_short_plain_paths_only(open_folder, name, suits):
    folder = open_folder / name
    folder.mkdir(mode=0o755)

    assert suits_servers(folder, as_root=False) is suits


def test_root_needs_a_path_that_nobody_may_enter(open_folder):
    closed = open_folder / "closed" / "var"
    closed.mkdir(parents=True)
    closed.parent.chmod(0o700)

    assert suits_servers(closed, as_root=False)
    assert not suits_servers(closed, as_root=True)


def test_a_path_with_spaces_gets_a_short_work_folder_that_is_kept(open_folder):
    var = open_folder / "my checkout" / "var"

    first, second = work_folder(var), work_folder(var)

    assert first == second == Path(os.readlink(var / "work"))
    assert first.parent == Path("/var/tmp")
    assert len(str(first / "pgsock" / ".s.PGSQL.5432")) < 107
    first.rmdir()


def test_a_work_folder_that_was_swept_away_is_made_again_for_its_owner_only(open_folder):
    var = open_folder / "a b"
    work_folder(var).rmdir()

    again = work_folder(var)

    assert stat.S_IMODE(again.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
    again.rmdir()


def test_a_second_run_on_the_same_data_is_refused_and_names_the_first(tmp_path):
    with take_lock(tmp_path), pytest.raises(Failure, match=f"process {os.getpid()}"):
        take_lock(tmp_path)

    with take_lock(tmp_path) as lock:
        assert not lock.closed


def test_the_secret_key_is_long_kept_and_private(tmp_path):
    path = secret_key_file(tmp_path)
    key = path.read_text()

    assert len(key) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_key_file(tmp_path).read_text() == key


def test_an_empty_name_means_the_folder_var(monkeypatch):
    monkeypatch.setenv("VAR", "")

    assert var_folder().name == "var"
