"""The demonstration: invented offices, their people, one circulation that is open and one that was concluded.

Everything is made through the operations, at instants of the past. Nothing belongs to a real State or organization:
the codes are those that WIPO Standard ST.3 leaves to users (surface.md).
"""

from wild_portal.demo.data import demo
from wild_portal.demo.seeding import STAGES, seed

__all__ = ["STAGES", "demo", "seed"]
