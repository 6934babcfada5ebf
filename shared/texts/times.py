"""Formats of times and durations."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

AGO = Template(en="{duration} ago", ja="{duration}前")
AHEAD = Template(en="in {duration}", ja="{duration}後")
NOW = Text(en="just now", ja="たった今")
UNITS: Mapping[str, Text] = {
    "d": Text(en="d", ja="日"),
    "h": Text(en="h", ja="時間"),
    "min": Text(en="min", ja="分"),
    "s": Text(en="s", ja="秒"),
    "ms": Text(en="ms", ja="ミリ秒"),
}
WITH_AGE = Template(en="{time} ({age})", ja="{time} ({age})")
