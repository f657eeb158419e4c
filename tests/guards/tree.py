"""The source files of the portal as syntax trees, each with its app and its room."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = (  # from the bottom; decisions.md 1
    "notifications",
    "accounts",
    "library",
    "groups",
    "consultations",
    "meetings",
    "surveys",
    "network",
    "focus_groups",
    "wild_portal",
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Finding:
    """One place where a guard stops: the file, the line, the function around it, and what is wrong."""

    file: str
    line: int
    function: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.function}: {self.what}"

    @property
    def place(self) -> str:
        """The key of an exception: file and function, which outlive line numbers."""
        return f"{self.file}:{self.function}"


@dataclass(frozen=True)
class Module:
    """One file: `app` is its top folder, `room` the part below it (views, operations, models …)."""

    root: Path
    path: Path

    @cached_property
    def name(self) -> str:
        return self.path.relative_to(self.root).as_posix()

    @property
    def app(self) -> str:
        return self.name.split("/")[0]

    @property
    def room(self) -> str:
        return self.name.split("/")[1].removesuffix(".py")

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    def finding(self, node: ast.AST, function: str, what: str) -> Finding:
        """A finding at a node of this file."""
        return Finding(self.name, getattr(node, "lineno", 1), function, what)

    def nodes(self) -> Iterator[tuple[str, ast.AST]]:
        """Every node with the dotted name of the function or class around it ("" at the top of the file)."""
        yield from _below(self.tree, "")

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Every function with its dotted name."""
        for around, node in self.nodes():
            if isinstance(node, Function):
                yield f"{around}.{node.name}".lstrip("."), node


def _below(node: ast.AST, around: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        yield around, child
        inside = f"{around}.{child.name}".lstrip(".") if isinstance(child, Function | ast.ClassDef) else around
        yield from _below(child, inside)


def modules(root: Path = ROOT) -> list[Module]:
    """Every file of every app of the tree, migrations left out."""
    files = (file for app in APPS for file in sorted((root / app).rglob("*.py")))
    return [Module(root, file) for file in files if "migrations" not in file.parts]


def dotted(node: ast.AST) -> str:
    """A name or an attribute as it is written, such as "timezone.now"; "" for anything else."""
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def called(node: ast.Call) -> str:
    """The last part of what is called: "save" of `form.instance.save()`."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def imported(node: ast.AST) -> list[str]:
    """The dotted names an import statement brings in, `from a import b` as "a.b"."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
    return []


def without(findings: list[Finding], allowed: dict[str, str]) -> list[Finding]:
    """The findings that no exception covers, in order."""
    return sorted(finding for finding in findings if finding.place not in allowed)
