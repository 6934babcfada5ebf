"""Incidents about unusual values of metrics."""

from __future__ import annotations

from shared.texts import Template, Text

TITLE = Text(en="Unusual value of a metric", ja="メトリクスの通常と異なる値")
ABOVE = Template(
    en="{metric} of {resource} has been {value} since {since}, usually {low} to {high}",
    ja="{resource} の {metric} が {since} から {value} (通常は {low} ～ {high})",
)
BELOW = Template(
    en="{metric} of {resource} has been only {value} since {since}, usually {low} to {high}",
    ja="{resource} の {metric} が {since} から {value} に低下 (通常は {low} ～ {high})",
)
OFTEN = Template(
    en="{summary}; a false alarm like this one is expected about {often} a year",
    ja="{summary}。このようなアラームの誤検知は年に約 {often}の見込み",
)
TIMES = Template(en="{count} times", ja="{count} 回")
LESS_THAN_TWICE = Text(en="once or less", ja="1 回以下")
MOST_FROM = Template(en="{summary}; most of it from {names}", ja="{summary}。主な要因: {names}")
SHARE_OF = Template(en="{name} ({share} %)", ja="{name} ({share} %)")
SILENT_TITLE = Text(en="A metric has stopped", ja="メトリクスの停止")
SILENT = Template(
    en="{metric} of {resource} has had no samples since {since}; until then it had some in nearly every hour",
    ja="{resource} の {metric} のサンプルが {since} 以降届いていません (それまではほぼ毎時受信)",
)
SEVERAL_SILENT = Template(
    en="{count} metrics of {resource} have had no samples since {since}, such as {metric}; until then they had some in nearly every hour",
    ja="{resource} の {metric} など {count} 件のメトリクスのサンプルが {since} 以降届いていません (それまではほぼ毎時受信)",
)
ARRIVES = Text(en="samples arrive again", ja="サンプルが再び届いています")
GONE = Text(
    en="no samples for a week: the resource was probably deleted",
    ja="1 週間サンプルがないため、リソースは削除されたものとみなします",
)
BACK = Template(en="back in the usual range since {time}", ja="{time} から通常の範囲内")
NO_SAMPLES = Text(en="no samples arrive any more", ja="サンプルが届かなくなりました")
NOT_WATCHED = Text(en="the metric is no longer watched", ja="このメトリクスの監視は終了しました")
AHEAD_TITLE = Text(en="Limit will be reached", ja="しきい値への到達見込み")
WILL_EXCEED = Template(
    en="{metric} of {resource} will exceed {limit} between {soonest} and {latest}, probably at {likely}: it is {value} now",
    ja="{resource} の {metric} が {soonest} から {latest} の間 (見込み {likely}) に {limit} を超える見通し: 現在 {value}",
)
WILL_FALL_BELOW = Template(
    en="{metric} of {resource} will fall below {limit} between {soonest} and {latest}, probably at {likely}: it is {value} now",
    ja="{resource} の {metric} が {soonest} から {latest} の間 (見込み {likely}) に {limit} を下回る見通し: 現在 {value}",
)
NOT_AHEAD = Text(
    en="the forecast no longer reaches the limit within a few days",
    ja="数日以内にしきい値へ到達する見込みはなくなりました",
)
MAKE_ROOM = Text(
    en="See on its performance page when the growth began, then free space or raise the capacity before the "
    "limit is reached.",
    ja="パフォーマンスのページで増加の開始時期を確認し、上限に到達する前に不要なデータの削除や容量の拡張を行います。",
)
USUALLY = Template(en="Usually {low} to {high} around that time", ja="この時間帯の通常の範囲: {low} ～ {high}")
STILL_LEARNED = Text(en="The usual range is still being learned", ja="通常の範囲は学習中")
RECORD = Template(
    en="False alarms of this rule in 90 days: {false} of {judged} judged",
    ja="このルールの誤検知: 過去 90 日間に判定された {judged} 件中 {false} 件",
)
NOT_JUDGED = Text(
    en="False alarms of this rule in 90 days: none judged yet",
    ja="このルールの誤検知: 過去 90 日間に判定されたアラームなし",
)
BOTH_NOTES = Template(en="{usual} · {record}", ja="{usual} · {record}")
