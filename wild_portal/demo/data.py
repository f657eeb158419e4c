"""What the demonstration says and does: the JSON files beside this package in data/."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

Entry = Mapping[str, Any]
DATA = Path(__file__).parents[1] / "data"


@cache
def demo() -> dict[str, Any]:
    """Offices, people and circulations: demo.json, read once."""
    return _read("demo.json")


@cache
def in_groups() -> dict[str, Any]:
    """What goes on in the two groups: demo_groups.json, read once."""
    return _read("demo_groups.json")


@cache
def discussions() -> dict[str, Any]:
    """What is said in the two groups, by their slugs: demo_discussions.json, read once."""
    return _read("demo_discussions.json")


def file_of(entry: Entry) -> ContentFile:
    """A small text file that somebody attaches."""
    return ContentFile(entry["text"].encode(), name=entry["name"])


def _read(name: str) -> dict[str, Any]:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
