"""Whether the locks answer to what they were compiled from, judged without the network."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dev.places import ROOT

FOLDER = ROOT / "requirements"
NAMES = ("base", "dev")


@dataclass
class Pin:
    """One line of a lock: the exact version, its hashes, and the files that ask for it directly."""

    requirement: Requirement
    hashes: int = 0
    asked_by: set[str] = field(default_factory=set)

    @property
    def version(self) -> str:
        return next(iter(self.requirement.specifier)).version


def problems(folder: Path = FOLDER) -> list[str]:
    """One line for every way in which a lock does not fit its .in file; empty when `make lock` would change nothing."""
    locks = {name: pins((folder / f"{name}.txt").read_text(encoding="utf-8")) for name in NAMES}
    lines = []
    for name in NAMES:
        wanted = requirements((folder / f"{name}.in").read_text(encoding="utf-8"))
        lines += [f"{name}.txt: {line}" for line in _differences(f"{name}.in", wanted, locks[name])]
        text = (folder / f"{name}.txt").read_text(encoding="utf-8")
        if re.search(r"://|^-", text, re.M):
            lines.append(f"{name}.txt: holds an address or an option; a lock names packages only")
    versions = {(pin.requirement.name, pin.version) for pin in locks["dev"]}
    apart = {(pin.requirement.name, pin.version) for pin in locks["base"]} - versions
    lines += [f"dev.txt: {name} {version} of base.txt is not in it" for name, version in sorted(apart)]
    return lines


def requirements(text: str) -> dict[str, Requirement]:
    """The packages an .in file asks for itself, by normalised name."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def pins(text: str) -> list[Pin]:
    """The pins of a lock; a package may have several, for different versions of Python."""
    found: list[Pin] = []
    for line in text.splitlines():
        if line[:1].isalnum():
            found.append(Pin(Requirement(line.removesuffix("\\"))))
        elif "--hash=sha256:" in line:
            found[-1].hashes += 1
        elif asked := re.search(r"-r (\S+\.in)$", line):
            found[-1].asked_by.add(asked[1])
    return found


def _differences(source: str, wanted: dict[str, Requirement], lock: list[Pin]) -> list[str]:
    asked = [pin for pin in lock if source in pin.asked_by]
    unlocked = wanted.keys() - {pin.requirement.name for pin in asked}
    lines = [f"{pin.requirement.name} has no hash" for pin in lock if not pin.hashes]
    lines += [f"{name} of {source} is not locked" for name in sorted(unlocked)]
    lines += [f"{pin.requirement.name} is no longer in {source}" for pin in asked if pin.requirement.name not in wanted]
    return lines + [
        f"{pin.requirement.name} {pin.version} does not meet {wanted[pin.requirement.name]}"
        for pin in asked
        if pin.requirement.name in wanted and pin.version not in wanted[pin.requirement.name].specifier
    ]
