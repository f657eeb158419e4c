"""The coverage gate says which file lacks what."""

import json

import pytest

from dev.coverage_gate import must_be_complete, shortfalls


def report(tmp_path, percent, **files):
    data = {"totals": {"percent_covered": percent}, "files": {}}
    for name, (lines, branches) in files.items():
        summary = {"percent_covered": 50.0}
        data["files"][name.replace("__", "/") + ".py"] = {
            "missing_lines": lines,
            "missing_branches": branches,
            "summary": summary,
        }
    path = tmp_path / "coverage.json"
    path.write_text(json.dumps(data))
    return path


def test_a_run_that_meets_the_gate_has_no_shortfalls(tmp_path):
    assert shortfalls(report(tmp_path, 95.0, groups__operations=([], []), groups__views=([7], []))) == []


def test_missing_lines_and_branches_are_named(tmp_path):
    path = report(tmp_path, 99.0, groups__operations=([7, 9], [[3, -1]]), notifications__outbox=([], [[4, 8]]))

    assert shortfalls(path) == [
        "groups/operations.py: lines 7, 9; branches 3→exit",
        "notifications/outbox.py: branches 4→8",
    ]


def test_the_whole_is_measured_too(tmp_path):
    assert shortfalls(report(tmp_path, 94.9, groups__views=([1], []))) == [
        "overall 94.90 % of lines and branches, 95 % wanted; the lowest:",
        "   50.00 % groups/views.py",
    ]


@pytest.mark.parametrize(
    ("name", "complete"),
    [
        ("accounts/operations.py", True),
        ("meetings/operations/circulations.py", True),
        ("groups/permissions.py", True),
        ("groups/emails.py", True),
        ("notifications/tasks.py", True),
        ("groups/views.py", False),
        ("wild_portal/urls.py", False),
    ],
)
def test_operations_permissions_emails_and_notifications_must_be_complete(name, complete):
    assert must_be_complete(name) is complete
