"""Texts of `hinomi anomalies`."""

from __future__ import annotations

from shared.texts import Template

TWO_COLUMNS = Template(
    en="line {line} has {count} columns: write `timestamp,value` in each line",
    ja="{line} 行目の列数は {count} です。各行を `timestamp,value` の形式にしてください",
)
NO_TIME = Template(
    en="line {line}: '{text}' is not a time: write it as 2026-11-23T10:00:00Z, 2026-11-23 10:00:00 or in epoch seconds",
    ja="{line} 行目: '{text}' は時刻ではありません。2026-11-23T10:00:00Z、2026-11-23 10:00:00、またはエポック秒で指定してください",
)
NO_NUMBER = Template(
    en="line {line}: '{text}' is not a number; a missing value is empty",
    ja="{line} 行目: '{text}' は数値ではありません。欠測値は空にしてください",
)
UNREADABLE = Template(en="cannot read '{file}': {reason}", ja="'{file}' を読み取れません: {reason}")
