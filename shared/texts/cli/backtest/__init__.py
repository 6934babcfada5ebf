"""Texts of `hinomi backtest`."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

ONE_SIDE = Text(
    en="use either --above or --below, such as --above 900",
    ja="--above と --below のどちらか 1 つを指定してください (例: --above 900)",
)
NO_SERIES = Template(
    en="No stored metric matches '{metric}'{suggestion}",
    ja="'{metric}' に一致するメトリクスの記録はありません{suggestion}",
)
LISTED = Text(
    en=": the performance pages of the dashboard list them",
    ja=": ダッシュボードのパフォーマンスで一覧を確認できます",
)
NO_LOAD_CHECK = Template(
    en="no load check is named 'load/{key}'{suggestion}", ja="負荷チェック 'load/{key}' はありません{suggestion}"
)
SUMMARY = Plural(
    one="{count} incident of {series} series in {days}.",
    many="{count} incidents of {series} series in {days}.",
    ja="{days}のインシデントは {count} 件です (対象 {series} 系列)。",
)
DAYS = Plural(one="{count} day", many="{count} days", ja="{count} 日間")
BREACH = Template(en="{start}  {minutes} min  up to {value}", ja="{start}  {minutes} 分間  最大の超過値 {value}")
