"""The demonstration: invented offices, their people, what goes on in both groups, an open and a concluded circulation.

Everything is made through the operations, at instants of the past. Nothing belongs to a real State or organization:
the codes are those that WIPO Standard ST.3 leaves to users (surface.md).
"""

from wild_portal.demo.data import demo
from wild_portal.demo.seeding import STAGES, seed

__all__ = ["STAGES", "demo", "seed"]
