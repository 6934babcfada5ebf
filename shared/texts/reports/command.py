"""Texts of `hinomi report`."""

from __future__ import annotations

from shared.texts import Template, Text

INVALID_DAY = Template(
    en="Invalid day '{value}' for {option}. Use a date such as 2026-11-16.",
    ja="{option} の日付 '{value}' が正しくありません。2026-11-16 のように指定してください。",
)
TWO_PERIODS = Text(
    en="Use either --daily, --weekly, or --from with --to.",
    ja="--daily、--weekly、--from と --to の組み合わせのうち、1 つだけを指定してください。",
)
NO_FIRST = Text(en="--to needs --from.", ja="--to には --from が必要です。")
BACKWARDS = Template(
    en="The first day {first} is after the last day {last}.", ja="最初の日 {first} が最後の日 {last} より後です。"
)
IN_FUTURE = Template(en="The period begins on {day}, in the future.", ja="期間の最初の日 {day} が未来です。")
TOO_LONG = Template(en="A report covers at most {days} days.", ja="レポートの期間は最大 {days} 日です。")
CANNOT_WRITE = Template(en="Cannot write {file}: {error}", ja="{file} に書き込めません: {error}")
WRITTEN = Template(en="{file} written", ja="{file} に書き出しました")
NONE_SCHEDULED = Text(
    en="No reports are scheduled: set HINOMI_REPORTS (docs/reports.md).",
    ja="予定されたレポートはありません。HINOMI_REPORTS を設定してください (docs/reports.md)。",
)
REPORT = Text(en="Report", ja="レポート")
NEXT = Text(en="Next", ja="次回")
ABOUT = Text(en="About", ja="対象")
SENT = Text(en="Last sent", ja="前回の送信")
ERROR = Text(en="Error", ja="エラー")
NEVER = Text(en="never", ja="なし")
