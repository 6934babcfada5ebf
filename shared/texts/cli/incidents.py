"""Texts of `hinomi incidents`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

ALL_WITH_STATUS = Text(
    en="use either --status or --all, which shows every status",
    ja="--all はすべての状態を表示します。--status または --all を省いてください",
)
MAYBE_MORE = Template(
    en="There may be more than these {limit}: raise --limit.",
    ja="表示した {limit} 件以外にもある可能性があります。--limit を増やしてください。",
)
HIDDEN = Plural(
    one="{count} resolved or closed incident not shown: --all includes it.",
    many="{count} resolved or closed incidents not shown: --all includes them.",
    ja="復旧済みまたはクローズ済みの {count} 件は表示していません。--all で表示します。",
)
UNKNOWN = Template(
    en="no incident {id}: `hinomi incidents list --all` shows all",
    ja="インシデント {id} はありません。`hinomi incidents list --all` で確認できます",
)
MERGED_INTO = Template(
    en="Incident {merged} was merged into incident {id}, because both are the same fault.",
    ja="インシデント {merged} は同じ障害のため、インシデント {id} に統合されました。",
)
MERGED = Text(en="merged", ja="統合済み")
NO_MATCH = Template(en="No incidents match ({filters}).", ja="条件に一致するインシデントはありません ({filters})。")
# The filters of a list, by their names in IncidentFilter.
FILTERS: Mapping[str, Text] = {
    "status": Text(en="status", ja="状態"),
    "kind": Text(en="kind", ja="種類"),
    "service": Text(en="service", ja="サービス"),
    "severity": Text(en="severity", ja="重大度"),
    "project": Text(en="project", ja="プロジェクト"),
    "since": Text(en="since", ja="開始日時"),
    "text": Text(en="text", ja="文字列"),
    "error": Text(en="error", ja="エラーの分類"),
}
FILTER = Template(en="{name} {value}", ja="{name}: {value}")
OR_STATUS = Text(en=", ", ja="・")
NO_INCIDENTS = Text(en="No incidents.", ja="インシデントはありません。")
NO_HISTORY = Template(en="no history: {reason}", ja="履歴を参照できません: {reason}")
ACKNOWLEDGED = Template(
    en="incident {id} is acknowledged by {by}", ja="インシデント {id} を {by} の担当 (対応中) にしました"
)
ALREADY = Template(
    en="incident {id} is already {status}: nothing changed",
    ja="インシデント {id} はすでに「{status}」の状態です。変更はありません",
)
RESOLVED = Template(en="incident {id} is resolved", ja="インシデント {id} を復旧済みにしました")

FALSE_ALARM = Template(en="incident {id} is a false alarm", ja="インシデント {id} を誤検知として記録しました")
ALREADY_FALSE_ALARM = Template(
    en="incident {id} is already marked as a false alarm: nothing changed",
    ja="インシデント {id} はすでに誤検知として記録されています。変更はありません",
)
NO_FALSE_ALARM = Template(
    en="incident {id} is no longer marked as a false alarm",
    ja="インシデント {id} の誤検知の記録を取り消しました",
)
NOT_MARKED = Template(
    en="incident {id} is not marked as a false alarm: nothing changed",
    ja="インシデント {id} は誤検知として記録されていません。変更はありません",
)
ALARM_NOTE = Text(en="How far to trust this alarm", ja="このアラームの確からしさ")
FALSE_ALARM_BY = Text(en="false alarm", ja="誤検知")

INCIDENT = Template(en="Incident {id}", ja="インシデント {id}")
NEXT = Text(en="What next", ja="次の対応")
ERROR = Text(en="error", ja="エラーの種類")
ACTIONS = Text(en="Actions taken", ja="実施した対応")
OUTPUT_OF = Template(en="Output of {rule} on {target}", ja="{rule} の出力 ({target})")
CALLS_OF = Template(en="Calls of {rule} (run {run})", ja="{rule} の呼び出し (実行 {run})")
PLANNED_CALLS_OF = Template(
    en="Planned calls of {rule} (run {run}), not made", ja="{rule} の計画された呼び出し (実行 {run}、未実行)"
)
EFFECTS_OF_CALLS = {
    "made": Text(en="took effect", ja="反映済み"),
    "none": Text(en="no effect", ja="反映なし"),
    "unknown": Text(en="effect unknown", ja="反映されたか不明"),
}
ATTEMPT = Template(en="attempt {number}", ja="{number} 回目の試行")
DECISIONS = Text(en="Decisions", ja="判定")
EARLIER_DECISIONS = Template(
    en="Earlier decisions: `hinomi incidents show {id} --json`.",
    ja="以前の判定は `hinomi incidents show {id} --json` で確認できます。",
)
LINK_OMITTED = Template(
    en="Link omitted, because its host is not known: {hosts}. Add known hosts to HINOMI_LINK_HOSTS.",
    ja="未登録のホストへのリンクは表示していません: {hosts}。表示するには HINOMI_LINK_HOSTS に追加してください。",
)
NO_ACTIONS = Text(
    en="No handler rule matched this incident.", ja="このインシデントに一致するハンドラールールはありません。"
)
OCCURRENCES = Text(en="Occurrences, latest first", ja="発生履歴 (新しい順)")
EARLIER = Template(en="and {count} earlier: --json has more", ja="ほか {count} 件 (--json でさらに表示)")
CAUSE = Text(en="Likely cause", ja="推定原因")
OTHER_CAUSES = Text(en="Also possible", ja="ほかの可能性")
RULED_OUT = Text(en="Ruled out", ja="除外した変更")
RULED_OUT_WHY = Template(en="{why} ({evidence})", ja="{why} ({evidence})")
NO_CAUSE = Text(
    en="No likely cause found among the grants, deployments, tables, quotas, upstream jobs, load and platform events before it.",
    ja="直前の権限付与、デプロイ、テーブル、割り当て、上流ジョブ、負荷、基盤側のイベントの中に、有力な原因は見つかりませんでした。",
)
EVIDENCE = Text(en="Evidence", ja="検知の根拠")
BY = Template(en="{time} by {who}", ja="{time}、担当 {who}")
TIMES = Plural(one="{count} time", many="{count} times", ja="{count} 回")

ID = Text(en="id", ja="ID")
STATUS = Text(en="status", ja="状態")
SEVERITY = Text(en="severity", ja="重大度")
NAMES = Text(en="rule, resource, who", ja="ルール、対象、実行者")
LAST_SEEN = Text(en="last seen", ja="最終発生")
COUNT = Text(en="times", ja="回数")
SUMMARY = Text(en="summary", ja="概要")
WHAT = Text(en="what", ja="内容")
RULE = Text(en="rule", ja="検知ルール")
KIND = Text(en="kind", ja="種類")
SERVICE = Text(en="service", ja="サービス")
PROJECT = Text(en="project", ja="プロジェクト")
RESOURCE = Text(en="resource", ja="対象")
WHO = Text(en="who", ja="実行者")
SINCE = Text(en="since", ja="発生日時")
OCCURRED = Text(en="occurred", ja="発生回数")
LABELS = Text(en="labels", ja="ラベル")
ACKNOWLEDGED_AT = Text(en="acknowledged", ja="対応開始")
RESOLVED_AT = Text(en="resolved", ja="復旧日時")
REASON = Text(en="why", ja="原因")
EFFECTS = Text(en="also failed", ja="影響")
MISSING = Text(en="still missing", ja="未復旧の実行")
NOT_UNDONE = Text(en="not undone", ja="未取り消しの変更")
LATER_SUCCESS = Text(en="later run succeeded", ja="その後の実行の成功")
FLAPPING_SINCE = Text(en="flapping since", ja="繰り返しの開始")
CLOSED_AT = Text(en="closed", ja="クローズ日時")
RESOLUTION = Text(en="resolution", ja="復旧内容")
CLOSED_BECAUSE = Text(en="closed because", ja="クローズ理由")
WHEN = Text(en="when", ja="日時")
ACTION = Text(en="action", ja="アクション")
MODE = Text(en="mode", ja="モード")
STATE = Text(en="state", ja="状態")
RESULT = Text(en="result", ja="結果")
