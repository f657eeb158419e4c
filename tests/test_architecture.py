"""The architecture holds: import order, bright lines, habits, budgets, and real servers under the tests."""

import django.apps
from django.conf import settings
from django.db import connection, models

from tests.guards import bright_lines, budgets, contracts, habits, relations, templates, tree
from wild_portal.celery import app as celery_app


def test_imports_point_downwards_between_apps_and_inside_each() -> None:
    assert contracts.broken_contracts() == ""


def test_every_app_is_in_the_contracts() -> None:
    assert contracts.unlisted_apps() == []


def test_only_operations_write() -> None:
    assert bright_lines.writes_outside_operations() == []


def test_only_notifications_sends() -> None:
    assert bright_lines.sending_outside_notifications() == []


def test_only_adapters_read_the_clock() -> None:
    assert bright_lines.clock_outside_adapters() == []


def test_only_adapters_take_the_request() -> None:
    assert bright_lines.request_outside_adapters() == []


def test_imports_stand_at_the_top() -> None:
    assert habits.inline_imports() == []


def test_nothing_happens_by_signal() -> None:
    assert habits.signals() == []


def test_models_override_no_writing_and_name_their_tables() -> None:
    assert habits.model_tricks() == []


def test_nothing_escapes_escaping() -> None:
    assert habits.escapes() == []


def test_views_start_from_what_the_user_may_see() -> None:
    assert habits.gets_in_views() == []


def test_the_portal_needs_no_developers_folder() -> None:
    assert habits.unguarded_dev() == []


def test_operations_have_one_shape() -> None:
    assert habits.shapeless_operations() == []


def test_budgets_are_kept() -> None:
    assert budgets.passed() == []


def test_templates_hold_nothing_unescaped_or_inline() -> None:
    assert templates.wrong_templates() == []


def test_relations_between_apps_point_downwards_and_leave_no_name() -> None:
    assert relations.wrong_relations() == []


def test_the_reader_of_relations_sees_every_relation_the_models_have() -> None:
    ours = [
        m for m in django.apps.apps.get_models() if m._meta.app_label in tree.APPS and not m.__name__.endswith("Event")
    ]
    in_models = sorted(
        f"{model._meta.app_label}.{model.__name__} -> {field.related_model._meta.app_label}"
        for model in ours
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and field.related_model._meta.app_label != model._meta.app_label
        and field.model is model
        and not model._meta.auto_created
    )
    in_files = sorted(f"{module.app}.{around} -> {target}" for module, around, _, target in relations.cross_app())

    assert in_files == [row for row in in_models if "-> auth" not in row]  # User's groups and permissions are Django's


def test_every_exception_is_still_needed() -> None:
    guards = {
        bright_lines.writes_outside_operations: bright_lines.MAY_WRITE,
        bright_lines.sending_outside_notifications: bright_lines.MAY_SEND,
        bright_lines.clock_outside_adapters: bright_lines.MAY_READ_CLOCK,
        bright_lines.request_outside_adapters: bright_lines.MAY_READ_REQUEST,
        habits.inline_imports: habits.MAY_IMPORT_INLINE,
        habits.signals: habits.MAY_USE_SIGNALS,
        habits.escapes: habits.MAY_USE_TRICKS,
    }

    for guard, allowed in guards.items():
        assert {finding.place for finding in guard(allowed={})} == set(allowed), guard.__name__


def test_tests_run_on_the_real_database_and_the_real_broker(db: None) -> None:
    assert connection.vendor == "postgresql"
    assert connection.pg_version >= 180000
    assert settings.CELERY_BROKER_URL.startswith(("redis+socket://", "redis://", "rediss://"))
    assert celery_app.conf.task_always_eager is False
    assert celery_app.conf.broker_url == settings.CELERY_BROKER_URL
    with celery_app.connection_for_write() as broker:
        assert broker.ensure_connection(max_retries=1, timeout=2).connected
