"""Each guard is seen to fail: a tree is broken on purpose, and the guard must name the place and nothing else."""

import inspect
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guards import bright_lines, budgets, contracts, habits, relations, templates
from tests.guards.tree import APPS, ROOT, Finding

Guard = Callable[..., list[object]]
M2M = "class A(Model):\n    topics = models.ManyToManyField(Term)\n"
MODELS = "from accounts.models import Office\nfrom meetings.models import Session\nclass A(Model):\n    x = models."
SIGNATURE = "@transaction.atomic\ndef f({}) -> None:\n    'Does it.'\n    A.objects.create()"


def body(count: int, decorator: str = "") -> str:
    """A function of `count` lines, its first line included."""
    return f"{decorator}def f():\n" + "    x = 1\n" * (count - 1)


BITES: dict[str, tuple[Guard, str, str, list[str]]] = {
    # only operations write
    "form.save in a view": (
        bright_lines.writes_outside_operations,
        "accounts/views.py",
        "def f(form):\n    form.save()",
        ["accounts/views.py:2: f: writes: form.save()"],
    ),
    "create in a task": (
        bright_lines.writes_outside_operations,
        "meetings/tasks/x.py",
        "def f():\n    A.objects.create(x=1)",
        ["meetings/tasks/x.py:2: f: writes: A.objects.create()"],
    ),
    "update in a method of a model": (
        bright_lines.writes_outside_operations,
        "groups/models.py",
        "class A:\n    def f(self):\n        self.rows.filter(x=1).update(x=2)",
        ["groups/models.py:3: A.f: writes: self.rows.filter(x=1).update()"],
    ),
    "update on a named queryset": (
        bright_lines.writes_outside_operations,
        "groups/forms.py",
        "def f(rows):\n    rows.update(x=2)",
        ["groups/forms.py:2: f: writes: rows.update()"],
    ),
    "delete in an admin action": (
        bright_lines.writes_outside_operations,
        "groups/admin.py",
        "class A:\n    def f(self, request, queryset):\n        queryset.delete()",
        ["groups/admin.py:3: A.f: writes: queryset.delete()"],
    ),
    "bulk_create in permissions": (
        bright_lines.writes_outside_operations,
        "groups/permissions.py",
        "def f():\n    A.objects.bulk_create([])",
        ["groups/permissions.py:2: f: writes: A.objects.bulk_create()"],
    ),
    "get_or_create in mails": (
        bright_lines.writes_outside_operations,
        "groups/emails.py",
        "def f():\n    A.objects.get_or_create(x=1)",
        ["groups/emails.py:2: f: writes: A.objects.get_or_create()"],
    ),
    "a save in a template tag": (
        bright_lines.writes_outside_operations,
        "wild_portal/templatetags/ui.py",
        "def f(user):\n    user.save(update_fields=['x'])",
        ["wild_portal/templatetags/ui.py:2: f: writes: user.save()"],
    ),
    "an asynchronous save": (
        bright_lines.writes_outside_operations,
        "groups/views.py",
        "async def f(a):\n    await a.asave()",
        ["groups/views.py:2: f: writes: a.asave()"],
    ),
    "a many-to-many set": (
        bright_lines.writes_outside_operations,
        "library/models.py",
        M2M + "    def f(self):\n        self.topics.set([])",
        ["library/models.py:4: A.f: writes: self.topics.set()"],
    ),
    "SQL that is no SELECT": (
        bright_lines.writes_outside_operations,
        "library/views.py",
        "def f(cursor):\n    cursor.execute('SELECT 1')\n    cursor.execute('TRUNCATE x')",
        ["library/views.py:3: f: writes: cursor.execute()"],
    ),
    "a meeting called session": (
        bright_lines.writes_outside_operations,
        "meetings/views/sessions.py",
        "def f(request, session):\n    request.session.delete()\n    session.save()",
        ["meetings/views/sessions.py:3: f: writes: session.save()"],
    ),
    # only notifications sends
    "send_mail": (
        bright_lines.sending_outside_notifications,
        "groups/operations.py",
        "from django.core.mail import send_mail\ndef f():\n    send_mail('x')",
        [
            "groups/operations.py:1: : a line out: import of django.core.mail.send_mail",
            "groups/operations.py:3: f: sends: send_mail()",
        ],
    ),
    "a task started": (
        bright_lines.sending_outside_notifications,
        "groups/operations.py",
        "def f():\n    drain.delay()",
        ["groups/operations.py:2: f: sends: delay()"],
    ),
    "a task sent by name": (
        bright_lines.sending_outside_notifications,
        "wild_portal/views/home.py",
        "def f():\n    app.send_task('x')",
        ["wild_portal/views/home.py:2: f: sends: send_task()"],
    ),
    "smtplib": (
        bright_lines.sending_outside_notifications,
        "library/tasks.py",
        "import smtplib",
        ["library/tasks.py:1: : a line out: import of smtplib"],
    ),
    # only adapters read the clock or the request
    "timezone.now in an operation": (
        bright_lines.clock_outside_adapters,
        "groups/operations.py",
        "def f():\n    return timezone.now()",
        ["groups/operations.py:2: f: reads the clock: timezone.now"],
    ),
    "a default that reads the clock": (
        bright_lines.clock_outside_adapters,
        "groups/models.py",
        "class A:\n    x = DateTimeField(default=timezone.now)",
        ["groups/models.py:2: A: reads the clock: timezone.now"],
    ),
    "date.today": (
        bright_lines.clock_outside_adapters,
        "groups/emails.py",
        "def f():\n    return datetime.date.today()",
        ["groups/emails.py:2: f: reads the clock: datetime.date.today"],
    ),
    "auto_now": (
        bright_lines.clock_outside_adapters,
        "groups/models.py",
        "class A:\n    x = DateTimeField(auto_now=True)",
        ["groups/models.py:2: A: reads the clock: auto_now"],
    ),
    "the database's clock": (
        bright_lines.clock_outside_adapters,
        "groups/permissions.py",
        "from django.db.models.functions import Now",
        ["groups/permissions.py:1: : import of django.db.models.functions.Now"],
    ),
    "an operation that takes the request": (
        bright_lines.request_outside_adapters,
        "groups/operations.py",
        "def f(*, request):\n    pass",
        ["groups/operations.py:1: f: takes the request"],
    ),
    # habits
    "an import inside a function": (
        habits.inline_imports,
        "groups/views.py",
        "def f():\n    from x import y",
        ["groups/views.py:2: f: imports x.y inside"],
    ),
    "a receiver": (
        habits.signals,
        "groups/models.py",
        "from django.db.models.signals import post_save\n@receiver(post_save)\ndef f(): pass",
        [
            "groups/models.py:1: : import of django.db.models.signals.post_save",
            "groups/models.py:2: f: receiver()",
        ],
    ),
    "a signal of our own": (
        habits.signals,
        "groups/operations.py",
        "from django import dispatch\nopened = dispatch.Signal()",
        ["groups/operations.py:1: : import of django.dispatch", "groups/operations.py:2: : Signal()"],
    ),
    "a handler connected": (
        habits.signals,
        "groups/operations.py",
        "@opened.connect\ndef f(): ...",
        ["groups/operations.py:2: f: connected to a signal"],
    ),
    "a save override": (
        habits.model_tricks,
        "groups/models.py",
        "class A(Model):\n    def save(self): ...",
        ["groups/models.py:2: A.save: overrides what Django writes with"],
    ),
    "a generic foreign key": (
        habits.model_tricks,
        "groups/models.py",
        "class A(Model):\n    x = GenericForeignKey()",
        ["groups/models.py:2: A: GenericForeignKey: a row must name its table"],
    ),
    "mark_safe": (
        habits.escapes,
        "groups/views.py",
        "def f():\n    return mark_safe('<b>')",
        ["groups/views.py:2: f: mark_safe()"],
    ),
    "raw SQL": (
        habits.escapes,
        "groups/models.py",
        "def f():\n    return A.objects.raw('x')",
        ["groups/models.py:2: f: raw()"],
    ),
    "a door without a token": (
        habits.escapes,
        "groups/views.py",
        "@csrf_exempt\ndef f(request): ...",
        ["groups/views.py:2: f: csrf_exempt()"],
    ),
    "a shell": (
        habits.escapes,
        "library/operations.py",
        "def f(name):\n    run(name, shell=True)",
        ["library/operations.py:2: f: shell="],
    ),
    "objects.get in a view": (
        habits.gets_in_views,
        "groups/views.py",
        "def f(pk):\n    return Group.objects.get(pk=pk)",
        ["groups/views.py:2: f: Group.objects.get: start from visible_to()"],
    ),
    "a model in get_object_or_404": (
        habits.gets_in_views,
        "groups/views.py",
        "def f(pk, rows):\n    get_object_or_404(rows, pk=pk)\n    get_object_or_404(Group, pk=pk)",
        ["groups/views.py:3: f: a model instead of a queryset: start from visible_to()"],
    ),
    "dev in the portal": (
        habits.unguarded_dev,
        "wild_portal/views/mail.py",
        "try:\n    from dev import mailcatcher\nexcept ImportError:\n    mailcatcher = None",
        ["wild_portal/views/mail.py:2: : imports dev.mailcatcher"],
    ),
    "dev in the settings, unguarded": (
        habits.unguarded_dev,
        "wild_portal/settings.py",
        "from dev.running import environment_of_running",
        ["wild_portal/settings.py:1: : imports dev.running.environment_of_running"],
    ),
    "an operation by position": (
        habits.shapeless_operations,
        "groups/operations.py",
        SIGNATURE.format("group: Group"),
        ["groups/operations.py:2: f: takes group by position"],
    ),
    "an operation without annotations": (
        habits.shapeless_operations,
        "groups/operations.py",
        SIGNATURE.format("*, group"),
        ["groups/operations.py:2: f: is not annotated"],
    ),
    "an operation in halves": (
        habits.shapeless_operations,
        "groups/operations.py",
        SIGNATURE.format("*, group: Group").removeprefix("@transaction.atomic\n"),
        ["groups/operations.py:1: f: is not atomic"],
    ),
    "an operation without a word": (
        habits.shapeless_operations,
        "groups/operations.py",
        "def f(*, now: datetime) -> int:\n    return 1",
        ["groups/operations.py:1: f: has no docstring"],
    ),
    # budgets
    "a long function": (
        budgets.passed,
        "groups/operations.py",
        body(41),
        ["groups/operations.py:1: f: 41 lines, 40 allowed"],
    ),
    "a long view": (budgets.passed, "groups/views.py", body(31), ["groups/views.py:1: f: 31 lines, 30 allowed"]),
    "a long task": (
        budgets.passed,
        "groups/tasks.py",
        body(16, "@task\n"),
        ["groups/tasks.py:2: f: 16 lines, 15 allowed"],
    ),
    "a long command": (
        budgets.passed,
        "groups/management/commands/x.py",
        "class Command:\n    def handle(self):\n" + "        x = 1\n" * 15,
        ["groups/management/commands/x.py:2: Command.handle: 16 lines, 15 allowed"],
    ),
    "a long file": (
        budgets.passed,
        "groups/models.py",
        "x = 1\n" * 501,
        ["groups/models.py:501: : 501 lines, 500 allowed"],
    ),
    "long settings": (
        budgets.passed,
        "wild_portal/settings.py",
        "x = 1\n" * 301,
        ["wild_portal/settings.py:301: : 301 lines, 300 allowed"],
    ),
    "a long template": (
        budgets.passed,
        "templates/x.html",
        "<p>\n" * 151,
        ["templates/x.html:151: : 151 lines, 150 allowed"],
    ),
    "seven parameters": (
        budgets.passed,
        "groups/operations.py",
        "def f(*, a, b, c, d, e, by, now): ...",
        ["groups/operations.py:1: f: 7 parameters, 6 allowed"],
    ),
    # relations
    "a relation upwards": (
        relations.wrong_relations,
        "groups/models.py",
        MODELS + "ForeignKey(Session, related_name='+')",
        ["groups/models.py:4: A: points upwards, to meetings"],
    ),
    "a relation upwards by name": (
        relations.wrong_relations,
        "groups/models.py",
        MODELS + "ManyToManyField('meetings.Session', related_name='+')",
        ["groups/models.py:4: A: points upwards, to meetings"],
    ),
    "a relation that leaves a name": (
        relations.wrong_relations,
        "groups/models.py",
        MODELS + "OneToOneField(Office, related_name='groups')",
        ['groups/models.py:4: A: points to accounts without related_name="+"'],
    ),
    "a relation that leaves the usual name": (
        relations.wrong_relations,
        "library/models.py",
        MODELS + "ForeignKey(settings.AUTH_USER_MODEL)",
        ['library/models.py:4: A: points to accounts without related_name="+"'],
    ),
    "a relation between twins": (
        relations.wrong_relations,
        "network/models.py",
        MODELS + "ForeignKey('focus_groups.Pilot', related_name='+')",
        ["network/models.py:4: A: points upwards, to focus_groups"],
    ),
    # templates
    "unescaped output": (
        templates.wrong_templates,
        "templates/groups/email/x.txt",
        "Hello\n{{ text|safe }}",
        ["templates/groups/email/x.txt:2: : unescaped output"],
    ),
    "an inline style": (
        templates.wrong_templates,
        "templates/x.html",
        "\n<p class='{{ a }}' style='x'>",
        ["templates/x.html:2: : an inline style"],
    ),
    "an inline handler": (
        templates.wrong_templates,
        "templates/x.html",
        "<button onclick='x()'>",
        ["templates/x.html:1: : an inline handler"],
    ),
    "an inline script": (
        templates.wrong_templates,
        "templates/x.html",
        "<script src='x.js'></script>\n<script>x()</script>",
        ["templates/x.html:2: : an inline script"],
    ),
    "a form without its token": (
        templates.wrong_templates,
        "templates/x.html",
        "<form method='post'>{% csrf_token %}</form>\n<form method='post'></form>",
        ["templates/x.html:2: : a posting form without {% csrf_token %}"],
    ),
}


@pytest.mark.parametrize("case", BITES)
def test_the_guard_names_the_place(case: str, tmp_path: Path) -> None:
    guard, name, source, expected = BITES[case]
    file = tmp_path / name
    file.parent.mkdir(parents=True)
    file.write_text(source, encoding="utf-8")

    assert [str(finding) for finding in guard(tmp_path)] == expected


def test_every_guard_of_files_has_a_bite() -> None:
    modules = (bright_lines, budgets, habits, relations, templates)
    functions = [value for module in modules for value in vars(module).values() if inspect.isfunction(value)]
    own = {f for f in functions if f.__module__ in {module.__name__ for module in modules}}
    guards = {f for f in own if inspect.signature(f).return_annotation == list[Finding] and f.__name__[0] != "_"}

    assert guards == {guard for guard, *_ in BITES.values()}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The portal's Python files and pyproject.toml in a folder of their own."""
    for package in [*APPS, "dev"]:
        for file in (ROOT / package).rglob("*.py"):
            target = tmp_path / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("importer", "line", "chain"),
    [
        ("accounts/models.py", "import groups.models", "accounts is not allowed to import groups"),
        ("meetings/models/sessions.py", "import wild_portal.urls", "meetings is not allowed to import wild_portal"),
        (
            "notifications/models.py",
            "from accounts.models import User",
            "notifications is not allowed to import accounts",
        ),
        ("groups/models.py", "import groups.operations", "groups.models is not allowed to import groups.operations"),
        ("groups/operations.py", "import groups.views", "groups.operations is not allowed to import groups.views"),
        ("groups/tasks.py", "import groups.admin", "groups.tasks is not allowed to import groups.admin"),
        ("groups/emails.py", "import groups.permissions", "groups.emails is not allowed to import groups.permissions"),
        ("library/models.py", "import dev.servers", "library is not allowed to import dev"),
    ],
)
def test_a_wrong_import_breaks_its_contract(importer: str, line: str, chain: str, copy: Path) -> None:
    imported = copy / (line.removeprefix("from ").removeprefix("import ").split()[0].replace(".", "/") + ".py")
    if not imported.exists():
        imported.touch()
    with (copy / importer).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")

    assert chain in " ".join(contracts.broken_contracts(copy).split())


def test_the_copy_itself_breaks_no_contract(copy: Path) -> None:
    assert contracts.broken_contracts(copy) == ""


def test_an_app_that_no_contract_knows_is_named(copy: Path) -> None:
    (copy / "surveys").mkdir()
    (copy / "surveys" / "__init__.py").touch()

    assert contracts.unlisted_apps(copy) == ["surveys"]
