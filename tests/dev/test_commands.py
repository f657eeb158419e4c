"""The commands' own parts: what they say, and what they refuse."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.template import Template

from dev.__main__ import COMMANDS, main
from dev.commands import reset
from dev.commands.check import Check, run
from dev.commands.run import environment_for, listen, parts
from dev.console import Failure, explain
from dev.places import ROOT, take_lock
from dev.templates import named_by


def test_an_unknown_command_shows_them_all(capsys):
    assert main(["fly"]) == 2
    assert re.findall(r"(?m)^  (\w+) ", capsys.readouterr().out) == list(COMMANDS)


def test_every_command_has_a_make_target_and_a_module():
    targets = set(re.findall(r"(?m)^(\w+): +; @exec ", (ROOT / "Makefile").read_text()))

    assert targets == set(COMMANDS)
    assert {path.stem for path in (ROOT / "dev" / "commands").glob("[!_]*.py")} == set(COMMANDS)


def test_a_port_in_use_is_refused_with_another_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(Failure, match=f"Port {port} cannot be used") as caught:
            listen(port)

    assert f"PORT={port + 1}" in caught.value.advice or port == 65535


def test_a_local_portal_mails_to_its_catcher_only(tmp_path, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp://relay.example:25")
    for name in ("SITE_URL", "ALLOWED_HOSTS", "DEMO_PASSWORD", "REQUIRE_SECOND_FACTOR"):
        monkeypatch.delenv(name, raising=False)

    assert environment_for(tmp_path, 8000, 2525, {"DATABASE_URL": "x"}) == {
        "DATABASE_URL": "x",
        "DEMO": "1",
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY_FILE": str(tmp_path / "secret_key"),
        "SITE_URL": "http://localhost:8000",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "EMAIL_URL": "smtp://127.0.0.1:2525",
        "DEMO_PASSWORD": "wild-demo",
        "REQUIRE_SECOND_FACTOR": "0",
    }


def test_web_and_catcher_inherit_the_sockets_of_the_supervisor(tmp_path):
    with listen(0) as web, listen(0) as mail:
        children = {child.name: child for child in parts(tmp_path, {}, web, mail)}

        assert {name: child.pass_fds for name, child in children.items()} == {
            "Mail catcher": (mail.fileno(),),
            "Web": (web.fileno(),),
            "Worker": (),
            "Beat": (),
        }
        assert f"fd://{web.fileno()}" in children["Web"].command


def test_reset_removes_the_data_and_the_work_folder_it_names(tmp_path, monkeypatch):
    var, work = tmp_path / "var", tmp_path / "work"
    (work / "pg").mkdir(parents=True)
    take_lock(var).close()
    (var / "work").symlink_to(work)
    monkeypatch.setenv("VAR", str(var))

    assert reset.main() == 0
    assert list(tmp_path.iterdir()) == []
    assert reset.main() == 0


def test_reset_is_refused_while_a_portal_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("VAR", str(tmp_path))

    with take_lock(tmp_path), pytest.raises(Failure, match="is running"):
        reset.main()


@pytest.mark.parametrize("folder", [ROOT, ROOT.parent, ROOT / "tests"])
def test_reset_removes_nothing_but_the_data_of_a_portal(folder, monkeypatch):
    monkeypatch.setenv("VAR", str(folder))

    with pytest.raises(Failure, match="is not the data of a portal"):
        reset.main()


def test_a_failure_says_what_happened_the_end_of_its_log_and_what_to_do(tmp_path, capsys):
    log = tmp_path / "x.log"
    log.write_text("\n".join(f"line {number}" for number in range(100)))

    explain(Failure("It fell.", "Lift it.", log))

    assert capsys.readouterr().err.split() == [
        *["Failed:", "It", "fell."],
        *(word for number in range(85, 100) for word in ("line", str(number))),
        *f"The whole log: {log} What to do: Lift it.".split(),
    ]


def test_a_check_passes_when_its_command_succeeds_or_its_function_finds_nothing():
    succeed, fail = [sys.executable, "-c", ""], [sys.executable, "-c", "print('why'); raise SystemExit(1)"]

    assert run(Check("a", succeed)).is_passed
    assert run(Check("b", function=list)).is_passed
    assert (run(Check("c", fail)).is_passed, run(Check("c", fail)).output) == (False, "why\n")
    assert run(Check("d", function=lambda: ["x", "y"])).output == "x\ny"


def test_templates_named_in_so_many_words_are_looked_up():
    includes = '{% include "components/empty.html" %}{% include other %}'
    template = Template('{% extends "base.html" %}{% block main %}' + includes + "{% endblock %}")

    assert named_by(template) == {"base.html", "components/empty.html"}


def test_collecting_starts_no_servers(tmp_path):
    names = ("DATABASE_URL", "REDIS_URL", "PYTEST_XDIST_WORKER")
    env = {name: value for name, value in os.environ.items() if name not in names}
    words = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", str(Path(__file__))]

    done = subprocess.run(words, cwd=ROOT, env={**env, "TMPDIR": str(tmp_path)}, text=True, capture_output=True)

    assert (done.returncode, "servers:" in done.stdout) == (0, False)
    assert "test_collecting_starts_no_servers" in done.stdout
    assert list(tmp_path.iterdir()) == []
