"""Children: their end, their return, and what a killed run leaves behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.console import Failure
from dev.postgres import _clear_traces
from dev.processes import Child, ending, is_living, process_state, read_pid, wait_for_predecessor


@pytest.fixture
def zombie():
    """A process that has ended and that nobody has reaped, as where a container's first process does not reap."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    while process_state(process.pid)[1] != "Z":
        time.sleep(0.005)
    yield process.pid
    process.wait()


def child_of(tmp_path: Path, code: str, **options) -> Child:
    log = tmp_path / "child.log"
    return Child(name="Child", command=[sys.executable, "-c", code], env=os.environ, log=log, cwd=tmp_path, **options)


def test_a_zombie_does_not_live(zombie):
    assert process_state(zombie)[1] == "Z"
    assert not is_living(zombie, "python")
    assert os.kill(zombie, 0) is None  # which is all that PostgreSQL looks at


def test_a_process_of_another_name_is_no_predecessor():
    assert is_living(os.getpid(), "")
    assert not is_living(os.getpid(), "postgres")


def test_the_pid_files_of_a_dead_postmaster_are_removed(tmp_path, zombie):
    data, sockets = tmp_path / "pg", tmp_path / "pgsock"
    traces = [data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"]
    for trace in traces:
        trace.parent.mkdir()
        trace.write_text(f"{zombie}\n/somewhere\n")

    _clear_traces(data, sockets)

    assert [trace.exists() for trace in traces] == [False, False]


def test_a_predecessor_that_stays_is_named(tmp_path):
    (tmp_path / "x.pid").write_text(str(os.getpid()))

    with pytest.raises(Failure, match=rf"process {os.getpid()}"):
        wait_for_predecessor(tmp_path / "x.pid", "py", seconds=0.1)


@pytest.mark.parametrize(("text", "pid"), [("12\n/data\n", 12), ("", None), ("x\n", None), (None, None)])
def test_a_pid_file_may_be_missing_or_broken(tmp_path, text, pid):
    if text is not None:
        (tmp_path / "pid").write_text(text)

    assert read_pid(tmp_path / "pid") == pid


def test_stopping_asks_first(tmp_path):
    code = """if 1:
        import signal, sys
        signal.signal(15, lambda *_: (print('asked'), sys.exit()))
        print('up', flush=True)
        signal.pause()"""
    child = child_of(tmp_path, code)
    child.start()
    child.wait_until(lambda: "up\n" in child.log.read_text(), seconds=10, advice="")

    child.stop()

    assert child.log.read_text() == "up\nasked\n"
    assert child.process.returncode == 0


def test_who_does_not_listen_is_ended_with_all_it_started(tmp_path):
    code = """if 1:
        import os, signal
        signal.signal(15, signal.SIG_IGN)
        print(os.fork(), flush=True)
        signal.pause()"""
    child = child_of(tmp_path, code, patience=0.2)
    child.start()
    child.wait_until(lambda: len(child.log.read_text().split()) == 2, seconds=10, advice="")
    grandchild = max(map(int, child.log.read_text().split()))

    child.stop()

    assert child.process.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 5
    while is_living(grandchild, "") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_living(grandchild, "")


def test_a_child_that_ends_before_it_is_ready_is_reported_with_its_log(tmp_path):
    child = child_of(tmp_path, "print('no database'); raise SystemExit(3)")
    child.start()

    with pytest.raises(Failure, match="ended before it was ready") as caught:
        child.wait_until(lambda: False, seconds=10, advice="look")

    assert (caught.value.advice, caught.value.log.read_text()) == ("look", "no database\n")


def test_a_child_that_falls_starts_again_after_a_growing_pause(tmp_path, capsys):
    child = child_of(tmp_path, "raise SystemExit(3)")
    pauses = []
    child.start()
    for _ in range(3):
        child.process.wait()
        child.mend()
        pauses.append(round(child.due_at - time.monotonic()))
        child.due_at = 0
        child.mend()
    child.process.wait()

    assert pauses == [1, 2, 4]
    assert capsys.readouterr().out.count("started again") == 3


def test_a_stopped_child_is_not_mended(tmp_path):
    child = child_of(tmp_path, "import time; time.sleep(60)")
    child.start()
    child.stop()
    process = child.process

    child.process = None
    child.mend()

    assert (child.process, process.returncode) == (None, -signal.SIGTERM)


def test_children_end_when_their_supervisor_is_killed(tmp_path):
    supervisor = """if 1:
        import os, pathlib, sys, time
        from dev.processes import Child
        folder = pathlib.Path(sys.argv[1])
        child = Child(name="x", command=["sleep", "60"], env=os.environ, log=folder / "log", cwd=folder)
        child.start()
        print(child.process.pid, flush=True)
        time.sleep(60)"""
    words, root = [sys.executable, "-c", supervisor, tmp_path], Path(__file__).parent.parent.parent
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=root)
    child = int(process.stdout.readline())
    assert is_living(child, "sleep")

    process.kill()
    process.communicate()

    deadline = time.monotonic() + 5
    while is_living(child, "") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_living(child, "")


def test_how_a_process_ended_is_said_in_words():
    assert (ending(0), ending(3), ending(-9)) == ("ended with code 0", "ended with code 3", "was ended by SIGKILL")
