"""Habits of the house that a syntax tree shows: imports at the top, no signals, no tricks, operations of one shape."""

import ast
import re
from pathlib import Path

from tests.guards.bright_lines import WRITING
from tests.guards.tree import ROOT, Finding, Function, called, dotted, imported, modules, without

MAY_IMPORT_INLINE: dict[str, str] = {}
MAY_USE_SIGNALS = {
    "wild_portal/celery.py:": "Celery's own start-up signals; no model is involved",
    "wild_portal/celery.py:keep_portal_logging": "as above",
    "wild_portal/celery.py:look_at_once": "as above",
    "wild_portal/celery.py:wait_longer": "as above",
}
MAY_USE_DEV = {"wild_portal/settings.py:": "finds the servers of a running `make run`; absent in production"}
SIGNALS = re.compile(r"(^|\.)(dispatch|signals)(\.|$)")
GENERIC = {"GenericForeignKey", "GenericRelation", "GenericInlineModelAdmin"}
TRICKS = {"mark_safe", "raw", "extra", "RawSQL", "SafeString", "eval", "exec", "csrf_exempt", "system", "popen"}
ROWS = re.compile(r"\bobjects\b|queryset|_set\b|\.(filter|all|exclude)\(")
MAY_USE_TRICKS = {
    "library/markdown.py:to_html": "what the sanitiser let through (security.md, ASVS 1.3.1)",
    "notifications/views.py:mail_preferences": "one click from a mail program, which has no cookie: RFC 8058",
    "wild_portal/templatetags/ui.py:navlink": "two attributes written out there, no data in them",
}


def inline_imports(root: Path = ROOT, allowed: dict[str, str] = MAY_IMPORT_INLINE) -> list[Finding]:
    """Imports inside functions; `ready` of an AppConfig, where Django wants them, is the exception."""
    found = [
        module.finding(node, name, f"imports {', '.join(imported(node))} inside")
        for module in modules(root)
        for name, function in module.functions()
        if function.name != "ready"
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return without(found, allowed)


def signals(root: Path = ROOT, allowed: dict[str, str] = MAY_USE_SIGNALS) -> list[Finding]:
    """Signals defined, imported or connected: what happens must be readable where it is caused."""
    found = []
    for module in modules(root):
        for around, node in module.nodes():
            names = [name for name in imported(node) if SIGNALS.search(name)]
            found += [module.finding(node, around, f"import of {name}") for name in names]
            if isinstance(node, ast.Call) and called(node) in {"receiver", "Signal", "connect"}:
                found.append(module.finding(node, around, f"{called(node)}()"))
        for name, function in module.functions():
            if "connect" in _decorators(function):
                found.append(module.finding(function, name, "connected to a signal"))
    return without(found, allowed)


def model_tricks(root: Path = ROOT) -> list[Finding]:
    """`save` or `delete` overridden on a model or queryset, and generic foreign keys."""
    found = []
    for module in modules(root):
        for name, function in module.functions():
            if module.room == "models" and function.name in WRITING | {"save_base", "full_clean"}:
                found.append(module.finding(function, name, "overrides what Django writes with"))
        for around, node in module.nodes():
            if isinstance(node, ast.Call) and called(node) in GENERIC:
                found.append(module.finding(node, around, f"{called(node)}: a row must name its table"))
    return sorted(found)


def escapes(root: Path = ROOT, allowed: dict[str, str] = MAY_USE_TRICKS) -> list[Finding]:
    """Unescaped output, SQL by hand, doors without a CSRF token, shells."""
    found = []
    for module in modules(root):
        for around, node in module.nodes():
            name = called(node) if isinstance(node, ast.Call) else ""
            if name in {"raw", "extra"} and not ROWS.search(ast.unparse(node)):
                continue
            if name in TRICKS:
                found.append(module.finding(node, around, f"{name}()"))
            if isinstance(node, ast.keyword) and node.arg == "shell":
                found.append(module.finding(node.value, around, "shell="))
        for name, function in module.functions():
            found += [
                module.finding(function, name, f"{trick}()") for trick in _decorators(function) if trick in TRICKS
            ]
    return without(found, allowed)


def _decorators(function: Function) -> list[str]:
    return [dotted(decorator).split(".")[-1] for decorator in function.decorator_list]


def gets_in_views(root: Path = ROOT) -> list[Finding]:
    """`Model.objects.get(` and `get_object_or_404(Model, …)` in adapters: reads start from `visible_to(user)`."""
    found = []
    for module in modules(root):
        if module.room not in {"views", "admin", "tasks"}:
            continue
        for around, node in module.nodes():
            if not isinstance(node, ast.Call):
                continue
            if called(node) in {"get", "aget"} and dotted(node.func).endswith(("objects.get", "objects.aget")):
                found.append(module.finding(node, around, f"{dotted(node.func)}: start from visible_to()"))
            if called(node) in {"get_object_or_404", "get_list_or_404"} and node.args and _is_model(node.args[0]):
                found.append(module.finding(node, around, "a model instead of a queryset: start from visible_to()"))
    return sorted(found)


def _is_model(node: ast.AST) -> bool:
    name = dotted(node)
    return bool(name) and (name.split(".")[-1][0].isupper() or name.endswith(".objects"))


def unguarded_dev(root: Path = ROOT, allowed: dict[str, str] = MAY_USE_DEV) -> list[Finding]:
    """The developer's folder or the tests imported by the portal; an exception stands in `try … except ImportError`."""
    found = []
    for module in modules(root):
        guarded = {id(node) for block in ast.walk(module.tree) if _tries_import(block) for node in ast.walk(block)}
        for around, node in module.nodes():
            names = [n for n in imported(node) if n.split(".")[0] in {"dev", "tests", "bench"}]
            finding = module.finding(node, around, f"imports {', '.join(names)}")
            if names and (finding.place not in allowed or id(node) not in guarded):
                found.append(finding)
    return sorted(found)


def _tries_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Try) and any(
        isinstance(handler.type, ast.Name) and handler.type.id in {"ImportError", "ModuleNotFoundError"}
        for handler in node.handlers
    )


def shapeless_operations(root: Path = ROOT) -> list[Finding]:
    """Operations that write without being keyword-only, annotated and atomic, or with an argument by position."""
    found = []
    for module in modules(root):
        if module.room != "operations":
            continue
        for name, function in module.functions():
            if "." in name or name.startswith("_"):
                continue
            found += [module.finding(function, name, what) for what in _shape(function)]
    return sorted(found)


def _shape(function: Function) -> list[str]:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    positional = {argument.arg for argument in [*function.args.posonlyargs, *function.args.args]}
    writes = any(isinstance(node, ast.Call) and called(node) in WRITING | {"update"} for node in ast.walk(function))
    decorators = " ".join(ast.unparse(decorator) for decorator in function.decorator_list)
    wrong = []
    if positional and (writes or "by" in {argument.arg for argument in arguments}):
        wrong.append(f"takes {', '.join(sorted(positional))} by position")
    if function.returns is None or any(argument.annotation is None for argument in arguments):
        wrong.append("is not annotated")
    if writes and "atomic" not in decorators and "atomic" not in ast.unparse(function):
        wrong.append("is not atomic")
    if not ast.get_docstring(function):
        wrong.append("has no docstring")
    return wrong
