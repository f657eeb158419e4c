"""Compiles every template without rendering it: `python -m dev.templates` (part of `make check`)."""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.template import Engine, TemplateDoesNotExist, TemplateSyntaxError
from django.template.base import Template
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.template.utils import get_app_template_dirs

from dev.places import ROOT

SUFFIXES = {".html", ".txt", ".xml", ".svg"}


def faults() -> list[str]:
    """One line for every template of ours that does not compile or that names another one that is not there."""
    lines, engine = [], Engine.get_default()
    for name in names():
        try:
            for other in named_by(engine.get_template(name)):
                engine.get_template(other)
        except (TemplateDoesNotExist, TemplateSyntaxError) as error:
            lines.append(f"{name}: {type(error).__name__}: {error}")
    return lines


def names() -> list[str]:
    """The names of the templates in our own folders."""
    folders = [Path(folder) for engine in settings.TEMPLATES for folder in engine["DIRS"]]
    folders += [folder for folder in get_app_template_dirs("templates") if folder.parent.parent == ROOT]
    files = ((folder, path) for folder in folders for path in folder.rglob("*") if path.suffix in SUFFIXES)
    return sorted(str(path.relative_to(folder)) for folder, path in files)


def named_by(template: Template) -> set[str]:
    """The templates that `extends` and `include` name in so many words."""
    nodes = template.nodelist.get_nodes_by_type((ExtendsNode, IncludeNode))
    named = (node.parent_name if isinstance(node, ExtendsNode) else node.template for node in nodes)
    return {expression.var for expression in named if isinstance(expression.var, str)}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wild_portal.settings")
    django.setup()
    found = faults()
    print(*(found or [f"{len(names())} templates compile"]), sep="\n")
    sys.exit(1 if found else 0)
