"""Texts of the page of one job."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

NO_SUCH_JOB = Text(en="No runs of this job.", ja="このジョブの実行はありません。")
NO_SUCH_JOB_MORE = Text(
    en="The Schema DB has no run of this service, project and name. Its runs may be past their retention.",
    ja="このサービス、プロジェクト、名前の実行は Schema DB にありません。保持期間を過ぎた可能性があります。",
)
FAILED = Template(en="{job} failed {ago}.", ja="{job} は {ago}に失敗しました。")
FAILED_IN_A_ROW = Plural(one="", many="{count} failures in a row.", ja="{count} 回連続で失敗しています。")
MISSING = Template(en="{job} did not start: it was due {time}.", ja="{job} は開始していません (予定 {time})。")
SLOW = Template(
    en="{job} was slow: {took} instead of {usual}.", ja="{job} の実行は長時間でした: {took} (通常 {usual})。"
)
RUNNING = Template(en="{job} has been running for {took}.", ja="{job} は実行中です (経過 {took})。")
RUNNING_USUAL = Template(en="It usually takes {usual}.", ja="通常の所要時間は {usual} です。")
WELL = Template(en="{job} is healthy: it took {took}.", ja="{job} は正常です。所要時間は {took} でした。")
WELL_USUAL = Template(
    en="{job} is healthy: it took {took}, usually {usual}.", ja="{job} は正常です。所要時間は {took} (通常 {usual})。"
)
STOPPED = Template(en="{job} has not run since {time}.", ja="{job} は {time} 以降実行されていません。")
SEEN = Template(en="{job} last ended {ago}.", ja="{job} は {ago}に終了しました。")

USUALLY_ENDS = Template(en="usually ends at {time}", ja="通常 {time} に終了")
RUNS_EVERY = Template(en="runs every {interval}", ja="{interval}ごとに実行")
DECLARED = Template(
    en="declared as {schedule} ({interval}), but its runs are {learned} apart",
    ja="宣言された間隔は{interval} ({schedule}) ですが、実際の実行間隔は{learned}です",
)
DECLARED_INTERVAL = Template(
    en="declared to run every {interval}, but its runs are {learned} apart",
    ja="宣言された間隔は{interval}ですが、実際の実行間隔は{learned}です",
)
STARTS_AT = Template(
    en="declared for {declared}, but its runs usually start at {usual} ({zone})",
    ja="宣言された開始時刻は {declared} ですが、実際は通常 {usual} に開始しています ({zone})",
)
OWNER = Text(en="owner", ja="オーナー")
LEARNING = Template(
    en="learning its usual duration: {runs} of {least} successful runs",
    ja="通常の所要時間を学習中: 成功 {runs}/{least} 回",
)

DURATION = Text(en="Duration", ja="所要時間")
LAST_RUNS = Plural(one="last run", many="last {count} runs", ja="直近 {count} 回")
DURATION_LABEL = Plural(
    one="Duration of the last run", many="Duration of the last {count} runs", ja="直近 {count} 回の所要時間"
)
DURATION_CAPTION = Text(
    en="Duration of each run. Triangle: slow. Square: failed. Outline: running. Dashed line: the usual duration (median of "
    "successful runs).",
    ja="各実行の所要時間です。三角: 長時間、四角: 失敗、枠線: 実行中、破線: 通常の所要時間 (成功した実行の中央値)。",
)
USUAL = Template(en="usual {usual}", ja="通常 {usual}")
AS_TABLE = Text(en="Show as table", ja="表で表示")

COMPARED = Text(en="Last successful run compared with this one", ja="直近の成功との比較")
COMPARED_CHOSEN = Text(en="Two runs side by side", ja="2 つの実行の比較")
NOTHING_TO_COMPARE = Text(en="No two runs to compare.", ja="比較できる実行がありません。")
NOTHING_TO_COMPARE_MORE = Text(
    en="A comparison needs a successful run and a later one.", ja="比較には、成功した実行とその後の実行が必要です。"
)
COMPARE = Text(en="compare", ja="比較")
COMPARE_HINT = Text(en="Compare with the last successful run before it", ja="その前の直近の成功と比較")
GOOD = Template(en="{time}, succeeded", ja="{time} 成功")
THIS = Template(en="{time}, this run", ja="{time} この実行")
SAME = Text(en="Rows that differ are marked.", ja="異なる行を強調しています。")

ROWS: Mapping[str, Text] = {
    "started": Text(en="Started", ja="開始"),
    "state": Text(en="State", ja="状態"),
    "waited": Text(en="Waited", ja="待ち時間"),
    "took": Text(en="Took", ja="所要時間"),
    "attempt": Text(en="Attempt", ja="試行回数"),
    "error": Text(en="Error", ja="エラー"),
    "principal": Text(en="Account", ja="アカウント"),
    "bytes_billed": Text(en="Bytes billed", ja="課金バイト数"),
    "slot_hours": Text(en="Slot-hours", ja="スロット時間"),
    "reservation": Text(en="Reservation", ja="予約"),
    "query": Text(en="Query (fingerprint)", ja="クエリ (フィンガープリント)"),
    "reads": Text(en="Reads", ja="読み取り"),
    "writes": Text(en="Writes", ja="書き込み"),
}
LABEL = Template(en="Label {name}", ja="ラベル {name}")

RUNS = Text(en="Runs", ja="実行")
STARTED = Text(en="Started", ja="開始")
STATE = Text(en="State", ja="状態")
TOOK = Text(en="Took", ja="所要時間")
WAITED = Text(en="Waited", ja="待ち時間")
ERROR = Text(en="Error", ja="エラー")
RUN = Text(en="Run", ja="実行 ID")
OLDER = Text(en="Older runs", ja="以前の実行")
NEWEST = Text(en="Latest runs", ja="最新の実行")

MISSING_RUNS = Text(en="Never started", ja="未実行")
MISSING_WINDOW = Text(en="last 90 days", ja="過去 90 日間")
NONE_MISSING = Text(en="No run is missing in the last 90 days.", ja="過去 90 日間に、開始しなかった実行はありません。")
SCHEDULE_UNKNOWN = Text(
    en="Missing runs are found by the usual interval of the job; a job without a usual interval has no missing runs.",
    ja="未実行かどうかは通常の実行間隔から判断します。間隔が一定でないジョブは対象外です。",
)
INCIDENTS = Text(en="Incidents", ja="インシデント")
NO_INCIDENTS = Text(en="No incident of this job.", ja="このジョブのインシデントはありません。")
INCIDENTS_LOOKED_AT = Text(en="Looked at: job failures of the last 90 days.", ja="検索対象: 過去 90 日間のジョブ失敗。")
RESOLVED = Template(en="resolved {time}", ja="{time} に復旧")

FACTS = Text(en="Reads, writes and cost", ja="入出力と費用")
READS = Text(en="Reads", ja="読み取り")
WRITES = Text(en="Writes", ja="書き込み")
ACCOUNT = Text(en="Account", ja="アカウント")
COST = Text(en="Cost, 7 days", ja="費用 (7 日間)")
FAILED_COUNT = Text(en="Failed runs, 35 days", ja="失敗 (35 日間)")
OF_RUNS = Template(en="{failed} of {runs}", ja="{runs} 回中 {failed} 回")
