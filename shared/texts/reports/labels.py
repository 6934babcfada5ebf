"""The headings, names of figures and dates of a report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from shared.texts import Plural, Template, Text

KINDS: Mapping[str, Text] = {
    "daily": Text(en="Daily report", ja="日次レポート"),
    "weekly": Text(en="Weekly report", ja="週次レポート"),
    "range": Text(en="Report", ja="レポート"),
}
HEAD = Template(en="{kind}, {period}", ja="{kind} {period}")
THIS = {
    "daily": Text(en="This day", ja="当日"),
    "weekly": Text(en="This week", ja="今週"),
    "range": Text(en="This period", ja="対象期間"),
}
BEFORE = {
    "daily": Text(en="Day before", ja="前日"),
    "weekly": Text(en="Week before", ja="前週"),
    "range": Text(en="Period before", ja="前の期間"),
}

# Sections.
DECIDE = Text(en="To decide", ja="判断が必要なこと")
FIGURES = Text(en="Figures", ja="数値")
DAYS = Text(en="Incidents a day", ja="1 日あたりのインシデント")
DAYS_NOTE = Text(en="Strong: a person was needed.", ja="強調: 人の対応が必要だったもの")
OPEN = Text(en="Open incidents, oldest first", ja="未復旧のインシデント (古い順)")
HANDLERS = Text(en="Fixed by Hinomi", ja="自動修復")
NOISE = Text(en="Noisiest rules", ja="検知の多いルール")
JOBS = Text(en="Failing and slower jobs", ja="失敗・長時間化したジョブ")
GAPS = Text(en="Missing runs", ja="未実行・未復旧の実行")
ACCESS = Text(en="Unused grants", ja="未使用の権限付与")
COST = Text(en="Cost of BigQuery", ja="BigQuery の費用")
HINOMI = Text(en="Hinomi itself", ja="Hinomi 自身")
NOT_KNOWN = Text(en="Not known", ja="不明な項目")

# Figures.
OPENED = Text(en="New incidents", ja="新しいインシデント")
RESOLVED = Text(en="Resolved", ja="復旧")
CLOSED = Text(en="Closed after a quiet period", ja="再発なしで自動クローズ")
ALONE = Text(en="Ended without a person", ja="人の対応なしで終了")
REMEDIATED = Text(en="Fixed by Hinomi, verified", ja="自動修復 (復旧を確認)")
DETECT = Text(en="Until detected, median", ja="検知まで (中央値)")
ACKNOWLEDGE = Text(en="Until acknowledged, median", ja="対応開始まで (中央値)")
RESOLVE = Text(en="Until resolved, median", ja="復旧まで (中央値)")
HOURS = Text(en="Hours saved (estimate)", ja="削減時間 (推定)")
REJECTED = Text(en="Rejected messages", ja="拒否したメッセージ")
PRICE = Text(en="BigQuery cost", ja="BigQuery の費用")
NONE = Text(en="–", ja="–")
MEDIAN = Template(en="{duration} ({count})", ja="{duration} ({count} 件)")
SHARE = Template(en="{count} of {total} ({percent} %)", ja="{total} 件中 {count} 件 ({percent} %)")
HOURS_VALUE = Template(en="{hours} h", ja="{hours} 時間")
CHANGE = Template(en="{percent} %", ja="{percent} %")

# Columns and cells.
INCIDENT = Text(en="Incident", ja="インシデント")
RESOURCE = Text(en="Resource", ja="リソース")
SEVERITY = Text(en="Severity", ja="重大度")
OPEN_FOR = Text(en="Open for", ja="経過時間")
ACKNOWLEDGED_BY = Text(en="Acknowledged by", ja="対応者")
NOBODY = Text(en="nobody", ja="対応者なし")
RULE = Text(en="Rule", ja="ルール")
NEW = Text(en="New", ja="新規")
FALSE_ALARMS = Text(en="False alarms", ja="誤検知")
BY_ITSELF = Text(en="Ended by itself", ja="自然に終了")
HANDLER = Text(en="Handler rule", ja="ハンドラールール")
CHANGED = Text(en="Ran on", ja="実行")
FIXED = Text(en="Fixed", ja="修復")
JOB = Text(en="Job", ja="ジョブ")
FINDING = Text(en="Finding", ja="内容")
DETAIL = Text(en="Detail", ja="詳細")
RUN = Text(en="Run", ja="実行")
SINCE = Text(en="Since", ja="日時")
MEMBER = Text(en="Member", ja="メンバー")
ROLE = Text(en="Role", ja="ロール")
COST_OF = Text(en="Cost", ja="費用")
TOTAL = Text(en="Total", ja="合計")
OTHERS = Plural(one="{count} other", many="{count} others", ja="ほか {count} 件")
OF = Template(en="{count} of {total}", ja="{total} 件中 {count} 件")
FAILED = Template(en="failed in {failed} of {runs} runs", ja="{runs} 回中 {failed} 回失敗")
FAILED_NOW = Template(
    en="failed in {failed} of {runs} runs, still failing", ja="{runs} 回中 {failed} 回失敗、現在も失敗中"
)
SLOWER = Template(en="{median} instead of {past} (n = {runs})", ja="{past} → {median} (n = {runs})")
NOT_REPAIRED = Text(en="failed, not repaired", ja="失敗したまま")
NEVER_STARTED = Text(en="never started", ja="未開始")
CHANNEL_BROKEN = Template(
    en="Channel {channel} rejected messages from {since}", ja="チャネル {channel} が {since} から不通"
)
UNTIL = Template(en="until {time}", ja="{time} まで")
STILL = Text(en="still broken", ja="現在も不通")
MESSAGES = Plural(
    one="{count} message rejected: {reason}",
    many="{count} messages rejected: {reason}",
    ja="{count} 件のメッセージを拒否: {reason}",
)

_DAYS = ("月", "火", "水", "木", "金", "土", "日")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day_text(day: date) -> Text:
    """The day in words, such as `Sat 28 Nov 2026`."""
    english = f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"
    return Text(en=english, ja=f"{day.year}年{day.month}月{day.day}日 ({_DAYS[day.weekday()]})")


def time_text(local: datetime) -> Text:
    """The local time with its day, such as `28 Nov 22:00`; the zone is printed below the report."""
    return Text(
        en=f"{local.day} {_MONTHS[local.month - 1]} {local:%H:%M}", ja=f"{local.month}月{local.day}日 {local:%H:%M}"
    )


def short_day(day: date) -> Text:
    """The day for a chart, such as `Sat 28`."""
    return Text(en=f"{_WEEKDAYS[day.weekday()]} {day.day}", ja=f"{_DAYS[day.weekday()]} {day.day}")


def days_text(first: date, last: date) -> Text:
    """The period in words, such as `16 to 22 Nov 2026`; a single day as `day_text` writes it."""
    if first == last:
        return day_text(first)
    end = f"{last.day} {_MONTHS[last.month - 1]} {last.year}"
    begin = str(first.day)
    if (first.year, first.month) != (last.year, last.month):
        begin += f" {_MONTHS[first.month - 1]}"
    begin_ja, end_ja = f"{first.year}年{first.month}月{first.day}日", f"{last.month}月{last.day}日"
    if first.year != last.year:
        begin, end_ja = f"{begin} {first.year}", f"{last.year}年{end_ja}"
    return Text(en=f"{begin} to {end}", ja=f"{begin_ja} ～ {end_ja}")
