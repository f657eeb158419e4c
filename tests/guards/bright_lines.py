"""The three bright lines: only operations write, only notifications sends, only adapters read clock and request."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.guards.tree import ROOT, Finding, Module, called, dotted, imported, modules, without

# --- 1. only operations write -----------------------------------------------------------------------------------------
WRITERS = {"operations"}
# The outbox is what operations call, and its state machine acts for the clock: decisions.md 2, reminders.md 3.4.
WRITING_FILES = {"notifications/outbox.py", "notifications/delivery.py", "notifications/engine.py"}
WRITING = {"save", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "delete"}
WRITING |= {f"a{name}" for name in WRITING} | {"executemany", "copy_expert", "aupdate"}
LINKING = {"add", "remove", "set", "clear", "create"}
NOT_ROWS = re.compile(r"(request\.session|\bcaches?\b.*|\w*storage)$")
QUERYSET = re.compile(
    r"\.(objects|filter|exclude|all|current|visible_to|of_office|annotate|order_by)\b|_set$|queryset$"
)
MAY_WRITE = {
    "accounts/models.py:UserManager.create_user": "what Django's own commands and allauth call to make a login",
    "library/pictures.py:without_metadata": "a picture in memory, no row",
    "meetings/exports/group_report.py:write": "a file in memory, no row",
    "meetings/exports/report.py:write": "a file in memory, no row",
    "meetings/exports/spreadsheet.py:write": "a file in memory, no row",
}

# --- 2. only notifications sends --------------------------------------------------------------------------------------
SENDING = {"send_mail", "send_mass_mail", "mail_admins", "mail_managers", "email_user", "EmailMessage", "sendmail"}
SENDING |= {"EmailMultiAlternatives", "send_message", "delay", "apply_async", "send_task"}
LINES_OUT = ("smtplib", "django.core.mail", "socket", "urllib.request", "http.client", "requests", "httpx", "aiohttp")
MAY_SEND: dict[str, str] = {
    "wild_portal/celery.py:look_at_once": "a worker that starts rings its own doorbell",
    "wild_portal/checks.py:": "the deploy check greets the relay and sends nothing",
}

# --- 3. only adapters read the clock or the request -------------------------------------------------------------------
ADAPTERS = {"views", "admin", "tasks", "management", "middleware", "adapter", "context", "celery"}
CLOCK = re.compile(
    r"(^|\.)(timezone\.(now|localdate)|datetime\.(now|utcnow|today)|date\.today|time\.(time|localtime))$"
)
CLOCK_IMPORTS = {"django.utils.timezone.now", "django.utils.timezone.localdate", "time.time"}
CLOCK_IMPORTS |= {"django.db.models.functions.Now", "django.db.models.functions.datetime.Now"}
MAY_READ_CLOCK: dict[str, str] = {
    "notifications/clock.py:": "leases and due times run on the database's clock: reminders.md 3.7",
    "accounts/models.py:User": "a login is made by Django's and allauth's own code too, which pass no instant",
}
MAY_READ_REQUEST: dict[str, str] = {}


def writes_outside_operations(root: Path = ROOT, allowed: dict[str, str] = MAY_WRITE) -> list[Finding]:
    """Rows saved, created, updated, deleted or linked outside operations; the stock admin's data entry is Django's."""
    tree = modules(root)
    many = {name for module in tree for name in _many_to_many(module)}
    found = [
        module.finding(node, around, f"writes: {ast.unparse(node.func)}()")
        for module in tree
        if module.room not in WRITERS and module.name not in WRITING_FILES
        for around, node in module.nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _writes(node, node.func, many)
    ]
    return without(found, allowed)


def _many_to_many(module: Module) -> Iterator[str]:
    for _, node in module.nodes():
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and called(node.value) == "ManyToManyField"
        ):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _writes(call: ast.Call, func: ast.Attribute, many_to_many: set[str]) -> bool:
    receiver = ast.unparse(func.value)
    if func.attr in WRITING:
        return not NOT_ROWS.search(receiver)
    if func.attr == "update":  # of a queryset: only keywords; a dictionary has `|=` for that
        return bool(QUERYSET.search(receiver)) or (bool(call.keywords) and not call.args)
    if func.attr in LINKING:
        return isinstance(func.value, ast.Attribute) and func.value.attr in many_to_many
    if func.attr == "execute":
        return not re.search(r"^\s*(SELECT|SHOW)\b", str(getattr(call.args[0], "value", "")) if call.args else "", re.I)
    return False


def sending_outside_notifications(root: Path = ROOT, allowed: dict[str, str] = MAY_SEND) -> list[Finding]:
    """Mails sent, tasks started or lines opened to other machines anywhere but in notifications."""
    found = []
    for module in modules(root):
        if module.app == "notifications":
            continue
        for around, node in module.nodes():
            if isinstance(node, ast.Call) and called(node) in SENDING:
                found.append(module.finding(node, around, f"sends: {called(node)}()"))
            opened = [name for name in imported(node) if f"{name}.".startswith(tuple(f"{line}." for line in LINES_OUT))]
            found += [module.finding(node, around, f"a line out: import of {name}") for name in opened]
    return without(found, allowed)


def clock_outside_adapters(root: Path = ROOT, allowed: dict[str, str] = MAY_READ_CLOCK) -> list[Finding]:
    """The wall clock read, by call, by reference or by the database, outside views, admin, tasks and commands."""
    found = []
    for module in modules(root):
        if module.room in ADAPTERS:
            continue
        for around, node in module.nodes():
            if isinstance(node, ast.Attribute) and CLOCK.search(dotted(node)):
                found.append(module.finding(node, around, f"reads the clock: {dotted(node)}"))
            if isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
                found.append(module.finding(node.value, around, f"reads the clock: {node.arg}"))
            found += [module.finding(node, around, f"import of {n}") for n in imported(node) if n in CLOCK_IMPORTS]
    return without(found, allowed)


def request_outside_adapters(root: Path = ROOT, allowed: dict[str, str] = MAY_READ_REQUEST) -> list[Finding]:
    """A parameter called request outside the adapters: what an operation needs is passed by name."""
    found = [
        module.finding(node, name, "takes the request")
        for module in modules(root)
        if module.room not in ADAPTERS | {"templatetags", "checks"}
        for name, node in module.functions()
        if "request" in {argument.arg for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]}
    ]
    return without(found, allowed)
