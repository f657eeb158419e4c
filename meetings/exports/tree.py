"""The compilation for programs: JSON as docs/compilation.schema.json describes it; keys never change in a version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from meetings.compilation import Cell, Counts, Group, OfficeRow, Position, Remark, Willingness
from meetings.convergence import map_of
from meetings.exports.texts import About, language
from meetings.models import CirculationItem
from meetings.narrowing import KINDS

SCHEMA, VERSION = "wild-compilation", 1
Words = dict[str, Any]
NO_WORDS: Words = {"comment": "", "wording": "", "annexes": [], "joined_by": [], "disposition": None}
KIND_KEYS: dict[str, str] = {value: key for key, value in KINDS.items()}


def write(about: About) -> bytes:
    """UTF-8; instants are UTC and end in Z."""
    return json.dumps(tree_of(about), ensure_ascii=False, indent=1).encode()


def tree_of(about: About) -> dict[str, Any]:
    """Everything the page says."""
    compilation, round, choice = about.compilation, about.round, about.compilation.choice
    words = {
        (each.office.code, tally.item.pk): _words(each, about)
        for tally in compilation.tallies
        for each in tally.remarks
    }
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "generated_at": instant(about.as_of),
        "language": language(),
        "address": about.address,
        "circulation": {
            "slug": round.slug,
            "title": round.title,
            "opened_at": instant(round.opened_at),
            "closes_at": instant(round.closes_at),
            "published_at": instant(round.published_at),
        },
        "filter": {"region": choice.region, "kind": choice.kind, "position": choice.position},
        "counts": {
            "addressed": len(compilation.offices),
            "submitted": compilation.answered,
            "not_answered": compilation.silent,
            "not_reached": compilation.states["not_reached"],
        },
        "items": _items(about),
        "groups": [_group(group, compilation.items) for group in compilation.groups],
        "offices": [_office(row, words) for row in compilation.listed],
    }


def instant(moment: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def _group(group: Group, items: Sequence[CirculationItem]) -> dict[str, Any]:
    return {
        "key": group.key,
        "label": group.label,
        "addressed": len(group.rows),
        "submitted": group.states["submitted"],
        "not_answered": group.silent,
        "not_reached": group.states["not_reached"],
        "items": {item.key: _counts(group.by_item.get(item.pk, Counts({}, {}))) for item in items},
    }


def _items(about: About) -> list[dict[str, Any]]:
    tallies = about.compilation.tallies
    return [
        {"key": tally.item.key, "heading": tally.item.heading, "text": tally.item.text}
        | _counts(tally)
        | {"span": {"first": row.first, "last": row.last, "offices": row.within} if row.first else None}
        for tally, row in zip(tallies, map_of(tallies).rows, strict=True)
    ]


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "positions": dict(zip(Position.values, counts.cells, strict=True)),
        "willingness": dict(zip(Willingness.values, counts.willing, strict=True)),
        "would_act": counts.acting,
    }


def _office(row: OfficeRow, words: Mapping[tuple[str, int], Words]) -> dict[str, Any]:
    office = row.office
    return {
        "code": office.code,
        "name": row.name,
        "kind": KIND_KEYS.get(office.kind, "other"),
        "region": office.region,
        "state": row.state,
        "submission": {
            "number": row.number,
            "submitted_at": instant(row.submitted_at),
            "is_late": row.is_late,
            "is_on_behalf": row.is_on_behalf,
            "received_on": row.received_on.isoformat() if row.received_on else None,
        }
        if row.submitted_at
        else None,
        "answers": _answers(row.answers, office.code, words) if row.submitted_at else None,
    }


def _answers(answers: Sequence[Cell | None], code: str, words: Mapping[tuple[str, int], Words]) -> list[dict[str, Any]]:
    """What an office says, item by item; words are left out where the reader narrowed to another position."""
    return [
        {"item": cell.key, "position": cell.position, "willingness": cell.willingness}
        | words.get((code, cell.item_id), NO_WORDS)
        for cell in answers
        if cell
    ]


def _words(remark: Remark, about: About) -> Words:
    """What an office says beside its position, and what became of it."""
    disposition = about.disposition(remark)
    return {
        "comment": remark.answer.comment,
        "wording": remark.answer.wording,
        "annexes": [
            {"name": each.file.name, "size": each.file.size, "sha256": each.file.sha256} for each in remark.annexes
        ],
        "joined_by": [office.code for office in about.joined(remark)],
        "disposition": {"decision": disposition.decision, "reason": disposition.reason} if disposition else None,
    }
