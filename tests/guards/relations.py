"""Foreign keys between apps point downwards and leave no name on the other side."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.guards.tree import APPS, ROOT, Finding, Module, called, dotted, modules

RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}
MADE_FOR_US = {"done_by": "accounts"}  # accounts/acts.py makes these, with related_name="+"
RANK = {app: rank for rank, app in enumerate(APPS)} | {"focus_groups": APPS.index("network")}


def cross_app(root: Path = ROOT) -> Iterator[tuple[Module, str, ast.Call, str]]:
    """Every relation from one app of ours to another or to a library: (file, class, call, app it points to)."""
    for module in modules(root):
        sources = _sources(module)
        for around, node in module.nodes():
            if isinstance(node, ast.Call) and called(node) in {*RELATIONS, *MADE_FOR_US}:
                target = _target(node, module, sources)
                if target != module.app:
                    yield module, around, node, target


def wrong_relations(root: Path = ROOT) -> list[Finding]:
    """Relations that point upwards or sideways, or lack related_name="+", or whose target cannot be read."""
    found = []
    for module, around, node, target in cross_app(root):
        if target not in RANK:
            found.append(module.finding(node, around, f"points to {target or 'something unreadable'}"))
        elif RANK[target] >= RANK[module.app]:
            found.append(module.finding(node, around, f"points upwards, to {target}"))
        if called(node) in MADE_FOR_US:
            continue
        names = [keyword.value for keyword in node.keywords if keyword.arg == "related_name"]
        if [getattr(name, "value", None) for name in names] != ["+"]:
            found.append(module.finding(node, around, f'points to {target} without related_name="+"'))
    return sorted(found)


def _sources(module: Module) -> dict[str, str]:
    """Which app each imported name comes from."""
    return {
        alias.asname or alias.name: (node.module or module.app).split(".")[0] if not node.level else module.app
        for _, node in module.nodes()
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _target(call: ast.Call, module: Module, sources: dict[str, str]) -> str:
    if called(call) in MADE_FOR_US:
        return MADE_FOR_US[called(call)]
    given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "to"), None)
    if isinstance(given, ast.Constant):
        return given.value.split(".")[0] if "." in given.value else module.app
    name = dotted(given) if given is not None else ""
    if name == "settings.AUTH_USER_MODEL":
        return "accounts"
    return sources.get(name.split(".")[0], module.app if name else "")
