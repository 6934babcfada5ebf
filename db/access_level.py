"""The rights of a PostgreSQL user on Hinomi's rows. Without heavy imports, because the command line's help reads it."""

from __future__ import annotations

from enum import StrEnum


class AccessLevel(StrEnum):
    """`read`: read both databases. `maintain`: also change rows of the Error DB (acknowledge, silence, replay)."""

    READ = "read"
    MAINTAIN = "maintain"
