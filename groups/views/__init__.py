"""Pages of groups: the way in, seats, discussions."""
