"""The budgets of architecture.md: where one is passed, stop and think."""

import ast
from pathlib import Path

from tests.guards.tree import ROOT, Finding, Function, Module, modules

FUNCTION, VIEW, SHORT, FILE, ADMIN, SETTINGS, TEMPLATE, PARAMETERS = 40, 30, 15, 500, 250, 300, 150, 6


def passed(root: Path = ROOT) -> list[Finding]:
    """Functions, files and templates that are too long, and operations with too many parameters."""
    found = []
    for module in modules(root):
        found += _long_file(module)
        for name, function in module.functions():
            limit = _limit(module, name, function)
            lines = _lines(function)
            if lines > limit:
                found.append(module.finding(function, name, f"{lines} lines, {limit} allowed"))
            count = len(function.args.args) + len(function.args.kwonlyargs)
            if module.room == "operations" and "." not in name and count > PARAMETERS:
                found.append(module.finding(function, name, f"{count} parameters, {PARAMETERS} allowed"))
    return sorted([*found, *_long_templates(root)])


def _long_file(module: Module) -> list[Finding]:
    limit = SETTINGS if module.name == "wild_portal/settings.py" else ADMIN if module.room == "admin" else FILE
    lines = module.text.count("\n")
    return [Finding(module.name, lines, "", f"{lines} lines, {limit} allowed")] if lines > limit else []


def _limit(module: Module, name: str, function: Function) -> int:
    is_task = module.room == "tasks" and bool(function.decorator_list)
    is_command_body = module.room == "management" and name.endswith(".handle")
    if is_task or is_command_body:
        return SHORT
    return VIEW if module.room == "views" else FUNCTION


def _lines(function: Function) -> int:
    """Lines of a function without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _long_templates(root: Path) -> list[Finding]:
    counted = {
        file: file.read_text(encoding="utf-8").count("\n") for file in sorted((root / "templates").rglob("*.html"))
    }
    return [
        Finding(file.relative_to(root).as_posix(), lines, "", f"{lines} lines, {TEMPLATE} allowed")
        for file, lines in counted.items()
        if lines > TEMPLATE
    ]
