"""Mistakes in times by which a job has to end."""

from shared.texts import Template

INVALID = Template(
    en="invalid time '{text}'. Write the time of day and, if needed, the time zone, such as 06:00 or 06:00 Asia/Tokyo",
    ja="時刻 '{text}' は無効です。06:00 や 06:00 Asia/Tokyo のように、時刻と必要に応じてタイムゾーンを指定してください",
)
UNKNOWN_ZONE = Template(
    en="unknown time zone '{zone}'. Use a name such as Asia/Tokyo, Europe/Berlin or UTC",
    ja="タイムゾーン '{zone}' は存在しません。Asia/Tokyo や UTC のような名前を指定してください",
)
