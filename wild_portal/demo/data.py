"""What demo.json says, beside this package in data/."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Entry = Mapping[str, Any]


@cache
def demo() -> dict[str, Any]:
    """Everything of demo.json, read once."""
    return json.loads((Path(__file__).parents[1] / "data" / "demo.json").read_text(encoding="utf-8"))
