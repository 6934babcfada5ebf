"""Invalid points in time."""

from __future__ import annotations

from shared.texts import Template

INVALID = Template(
    en="invalid time '{text}' for {option}: use a time such as 2026-11-23T10:00, or how long ago, such as 7d",
    ja="{option} の日時 '{text}' が無効です。2026-11-23T10:00 のような日時か、7d のような期間を指定してください",
)
INVALID_UPCOMING = Template(
    en="invalid time '{text}' for {option}: use a time such as 2026-11-30T22:00, or a duration from now, such as 2h",
    ja="{option} の日時 '{text}' が無効です。2026-11-30T22:00 のような日時か、2h のような期間を指定してください",
)
IN_PAST = Template(
    en="invalid time '{text}' for {option}: it is in the past", ja="{option} の日時 '{text}' が無効です。過去の日時です"
)
IN_FUTURE = Template(
    en="invalid time '{text}' for {option}: it is in the future",
    ja="{option} の日時 '{text}' が無効です。未来の日時です",
)
TOO_LONG = Template(
    en="invalid duration '{text}' for {option}: it is too long",
    ja="{option} の期間 '{text}' が無効です。長すぎます",
)
INVALID_LENGTH = Template(
    en="invalid duration '{text}' for {option}: use a number and a unit, such as 90s, 30m, 2h, 7d or 1w",
    ja="{option} の期間 '{text}' が無効です。90s、30m、2h、7d、1w のように数値と単位を指定してください",
)
INVALID_DURATION = Template(
    en="invalid duration '{text}': use a number and a unit, such as 90s, 30m, 2h, 7d or 1w",
    ja="期間 '{text}' が無効です。90s、30m、2h、7d、1w のように数値と単位を指定してください",
)
INVALID_ZONE = Template(
    en="HINOMI_TIMEZONE is '{name}': use an IANA time zone such as Asia/Tokyo",
    ja="HINOMI_TIMEZONE の値 '{name}' が無効です。Asia/Tokyo のような IANA タイムゾーンを指定してください",
)
