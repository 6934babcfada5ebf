"""Mistakes in rules/expectations.yaml, and what differs between a declared schedule and the runs."""

from shared.texts import Template, Text

EXPECTED = Template(en="Expected by rules/expectations.yaml: {what}", ja="rules/expectations.yaml の宣言: {what}")
NEVER_LATE = Text(en="never late", ja="遅延の判定対象外")
STARTS_EVERY = Template(en="a start every {interval}", ja="{interval}ごとに開始")
SUCCEEDS_BY = Template(en="a success by {deadlines}", ja="成功の期限 {deadlines}")
ON_DAYS = Template(en="{time} ({days})", ja="{time} ({days})")
OTHER_DAYS = Text(en="other days", ja="その他の日")
MONTH_END = Text(en="month end", ja="月末")
GROUPS = {
    frozenset(range(7)): Text(en="daily", ja="毎日"),
    frozenset(range(5)): Text(en="weekdays", ja="平日"),
    frozenset({5, 6}): Text(en="weekends", ja="週末"),
}
WEEKDAYS = (
    Text(en="Mondays", ja="月曜"),
    Text(en="Tuesdays", ja="火曜"),
    Text(en="Wednesdays", ja="水曜"),
    Text(en="Thursdays", ja="木曜"),
    Text(en="Fridays", ja="金曜"),
    Text(en="Saturdays", ja="土曜"),
    Text(en="Sundays", ja="日曜"),
)
HOLIDAY = Text(
    en="a country such as JP, a part of one such as US-CA, or a date such as 2026-12-29",
    ja="JP のような国コード、US-CA のような地域コード、または 2026-12-29 のような日付",
)
HALF_DAY = Text(
    en="a date or mon to sun, with the time at which the half day ends unless that is noon, such as sat or 2026-12-30 13:00, "
    "or a country with half holidays, such as GR",
    ja="日付、曜日 (mon から sun)、または半日の祝日がある国コード (GR など)。正午以外に終わる場合は時刻も指定します (sat、2026-12-30 13:00 など)",
)
HALF_DAY_TWICE = Template(en="{day} is listed twice as a half day", ja="半日の稼働日 {day} が重複しています")
ONE_OF = Text(
    en="needs 'every', 'finish_by' or both, or 'ignore: true' alone",
    ja="'every' と 'finish_by' の少なくとも一方、または 'ignore: true' のみを指定してください",
)
MONTH_END_HAS_NO_INTERVAL = Text(
    en="'month_end' goes with 'finish_by', not with 'every'",
    ja="'month_end' は 'finish_by' と組み合わせて指定してください ('every' とは併用できません)",
)
BUDGET_OR_IGNORE = Text(
    en="needs 'per_day', or 'ignore: true' alone", ja="'per_day' または 'ignore: true' のいずれか一方を指定してください"
)
NO_DATE = Template(en="there is no day {date}", ja="日付 {date} は存在しません")
NO_COUNTRY = Template(
    en="no holidays are known for '{name}': use a country such as JP or DE, or a region such as DE-BY",
    ja="'{name}' の祝日は登録されていません。JP や DE のような国コード、または DE-BY のような地域コードを指定してください",
)
NO_HALF_DAYS = Template(
    en="no half holidays are known for '{name}': list the dates, such as 2026-12-31",
    ja="'{name}' には半日の祝日が登録されていません。日付を列挙してください (2026-12-31 など)",
)
NO_PACKAGE = Template(
    en="the holidays of a country need the package {package}: run `pip install {package}`, or list the dates",
    ja="国の祝日にはパッケージ {package} が必要です。`pip install {package}` を実行するか、日付を列挙してください",
)
