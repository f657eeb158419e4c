"""The coverage a full test run must reach, read from coverage's JSON report; names each file below."""

import json
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

COMPLETE = ("*/operations*", "*/permissions*", "*/emails*", "notifications/*")
OVERALL = 95.0


def shortfalls(report: Path) -> list[str]:
    """One line for every file that must be covered wholly and is not, and one for the whole if it is below 95 %."""
    data = json.loads(report.read_text(encoding="utf-8"))
    complete = {name: _gaps(file) for name, file in sorted(data["files"].items()) if must_be_complete(name)}
    lines = [f"{name}: {gaps}" for name, gaps in complete.items() if gaps]
    overall = data["totals"]["percent_covered"]
    if overall < OVERALL:
        lines.append(f"overall {overall:.2f} % of lines and branches, {OVERALL:.0f} % wanted; the lowest:")
        lowest = sorted((file["summary"]["percent_covered"], name) for name, file in data["files"].items())[:10]
        lines += [f"  {percent:6.2f} % {name}" for percent, name in lowest]
    return lines


def must_be_complete(name: str) -> bool:
    """True for files in which every line and branch is run by a test."""
    return any(fnmatch(name, pattern) for pattern in COMPLETE)


def _gaps(file: dict[str, Any]) -> str:
    lines = ", ".join(map(str, file["missing_lines"]))
    branches = ", ".join(f"{start}→{end if end > 0 else 'exit'}" for start, end in file.get("missing_branches", []))
    return "; ".join(part for part in (lines and f"lines {lines}", branches and f"branches {branches}") if part)
