"""The rules about tables whose data is late or incomplete."""

from __future__ import annotations

STALE, MANY_STALE, VOLUME = TABLE_RULES = ("tables/stale", "tables/many_stale", "tables/unusual_volume")
