"""What a user of the PostgreSQL server may do with Hinomi's rows. No heavy import: the command line reads it for its help."""

from __future__ import annotations

from enum import StrEnum


class AccessLevel(StrEnum):
    """`read`: look at both databases. `maintain`: also change rows of the Error DB (acknowledge, silence, replay)."""

    READ = "read"
    MAINTAIN = "maintain"
