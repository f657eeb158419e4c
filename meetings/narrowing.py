"""What a reader of a compilation may narrow it to: links, each an address of its own that works without script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Office
from meetings.models import ItemAnswer

KINDS = {"state": Office.Kind.STATE, "organization": Office.Kind.ORGANIZATION}
NO_REGION = "none"  # States outside the regional groups
REGIONS = (*Office.Region.values, NO_REGION)
POSITIONS = tuple(ItemAnswer.Position.values)


@dataclass(frozen=True)
class Choice:
    """One region, one kind and one position at most; empty is all of them. `is_clear`: was everything understood?"""

    region: str = ""
    kind: str = ""
    position: str = ""
    is_clear: bool = True

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Choice:
        """From the query of an address; what is not understood is left out and noted."""
        known = {"region": REGIONS, "kind": tuple(KINDS), "position": POSITIONS}
        wanted = {name: asked.get(name, "") for name in known}
        understood = {name: value if value in known[name] else "" for name, value in wanted.items()}
        return cls(**understood, is_clear=understood == wanted)

    def has(self, office: Office) -> bool:
        """True where an office is among those chosen; regional groups are groups of States."""
        if self.kind and office.kind != KINDS[self.kind]:
            return False
        if not self.region:
            return True
        return office.kind == Office.Kind.STATE and (office.region or NO_REGION) == self.region

    @property
    def is_narrow(self) -> bool:
        """True where anything is chosen."""
        return bool(self.region or self.kind or self.position)

    @property
    def query(self) -> str:
        """The end of the address: "?region=WEOG"; empty where everything is shown."""
        chosen = {"region": self.region, "kind": self.kind, "position": self.position}
        filled = {name: value for name, value in chosen.items() if value}
        return f"?{urlencode(filled)}" if filled else ""

    @property
    def offices_text(self) -> str:
        """Which offices are counted, in words; empty for all of them."""
        names = {"region": region_name(self.region), "kind": kind_name(self.kind)}
        if self.region and self.kind:
            return _("%(kind)s, %(region)s") % names
        return names["region"] or names["kind"]

    @property
    def position_text(self) -> str:
        """The position chosen, in words; empty for all of them."""
        return str(ItemAnswer.Position(self.position).label) if self.position else ""


EVERYTHING = Choice()


@dataclass(frozen=True)
class Link:
    """One way to narrow."""

    label: str
    query: str
    is_here: bool
    count: int | None = None


def region_name(key: str) -> str:
    """The name of a regional group."""
    if key == NO_REGION:
        return _("States outside the regional groups")
    return str(Office.Region(key).label) if key else ""


def kind_name(key: str) -> str:
    """The name of a kind of office."""
    return {"state": _("Member States"), "organization": _("Organizations")}.get(key, "")


def links(choice: Choice, offices: Iterable[Office]) -> list[tuple[str, Sequence[Link]]]:
    """The filters with their links: by region and kind with the number of offices each would show, and by position."""
    all_offices = list(offices)

    def link(label: str, wanted: Choice) -> Link:
        return Link(label, wanted.query, wanted == choice, sum(wanted.has(office) for office in all_offices))

    here = replace(choice, is_clear=True)
    regions = [key for key in REGIONS if any(Choice(region=key).has(office) for office in all_offices)]
    kinds = [key for key in KINDS if any(Choice(kind=key).has(office) for office in all_offices)]
    by_region = [link(region_name(key), replace(here, region=key, kind="")) for key in regions]
    by_kind = [link(kind_name(key), replace(here, kind=key, region="")) for key in kinds]
    labels = {"": _("All positions")} | {key: capfirst(str(label)) for key, label in ItemAnswer.Position.choices}
    by_position = [
        Link(label, replace(here, position=key).query, here.position == key) for key, label in labels.items()
    ]
    every = Link(
        _("All offices"), replace(here, region="", kind="").query, not (here.region or here.kind), len(all_offices)
    )
    return [(_("Offices"), [every, *by_kind, *by_region]), (_("Positions"), by_position)]
