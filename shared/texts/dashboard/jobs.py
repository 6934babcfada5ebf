"""Texts of the pages of jobs: the list, the runs by day, and one job."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text
from shared.texts.cli import jobs as of_command_line

TITLE = Text(en="Jobs", ja="ジョブ")
BY_DAY = Text(en="by day", ja="日別")
GRID_TITLE = Text(en="Runs by day", ja="日別の実行")

# The verdict.
FAILING = Plural(
    one="{count} job is failing.", many="{count} jobs are failing.", ja="失敗中のジョブは {count} 件です。"
)
MISSING = Plural(
    one="{count} did not start on time.",
    many="{count} did not start on time.",
    ja="予定時刻に開始しなかったジョブは {count} 件です。",
)
SLOW = Plural(one="{count} was slow.", many="{count} were slow.", ja="実行が長時間だったジョブは {count} 件です。")
ALL_WELL = Plural(
    one="{count} job is healthy.", many="All {count} jobs are healthy.", ja="{count} 件のジョブはすべて正常です。"
)
NO_TROUBLE = Plural(
    one="{count} job, without a problem.",
    many="None of the {count} jobs has a problem.",
    ja="{count} 件のジョブに問題はありません。",
)
OTHERS_WELL = Template(en="{well} of {count} are healthy.", ja="{count} 件中 {well} 件は正常です。")
NO_JOBS = Text(en="No jobs seen yet.", ja="ジョブはまだありません。")
NO_JOBS_MORE = Text(
    en="Jobs appear after their first run was collected: run `hinomi snapshot run`.",
    ja="最初の実行が収集されると表示されます。`hinomi snapshot run` を実行してください。",
)
LAST_START = Template(
    en="Jobs with a run in the last 35 days. The latest run started {ago}.",
    ja="過去 35 日間に実行されたジョブです。直近の実行は {ago}に開始しました。",
)
STALE = Template(en="The latest run started {ago}.", ja="直近の実行は {ago}に開始しました。")
STALE_MORE = Text(
    en="Newer runs may not be collected: `hinomi snapshot list` shows the collectors.",
    ja="新しい実行を収集できていない可能性があります。`hinomi snapshot list` でコレクターの状態を確認してください。",
)
NO_MATCH = Text(en="No matching jobs.", ja="該当するジョブはありません。")
LOOKED_AT = Template(
    en="Looked at: jobs with a run in the last 35 days, with these filters: {filters}.",
    ja="検索対象: 過去 35 日間に実行されたジョブ。条件: {filters}",
)
CLEAR = Text(en="Clear the filters", ja="条件をクリア")

# Filters.
SEARCH = Text(en="Job name", ja="ジョブ名")
ALL = Text(en="All", ja="すべて")
AD_HOC = Text(en="Ad hoc", ja="アドホック")
AD_HOC_HINT = Text(
    en="Queries of people and tools that BigQuery identifies by account only, and operations on machines.",
    ja="アカウント名でのみ識別できる利用者やツールのクエリと、マシンの操作です。",
)
AS_GRID = Text(en="Runs by day", ja="日別に表示")
AS_LIST = Text(en="As a list", ja="一覧で表示")
EXPORT = Text(en="Export CSV", ja="CSV 出力")
ONLY_TROUBLE = Text(en="Only rows with problems", ja="異常のある行のみ")
STATE_FILTER = Text(en="State", ja="状態")
SERVICE_FILTER = Text(en="Service", ja="サービス")
DAYS_FILTER = Text(en="Days", ja="日数")

# The table.
STATE = Text(en="State", ja="状態")
JOB = Text(en="Job", ja="ジョブ")
LAST_RUNS = Plural(one="Last run", many="Last {count} runs", ja="直近 {count} 回")
LAST_FINISH = Text(en="Last finish", ja="直近の終了")
USUAL_FINISH = Text(en="Usual finish", ja="通常の終了")
TOOK = Text(en="Took", ja="所要時間")
USUAL_DURATION = Text(en="Usual", ja="通常")
COST = Text(en="Cost, 7 d", ja="費用 (7 日)")
CHANGE = Text(en="vs 7 d before", ja="前の 7 日比")
OWNER = Text(en="Owner", ja="オーナー")
INCIDENT = Text(en="Incident", ja="インシデント")
MOVED = of_command_line.MOVED
EVERY = Template(en="every {interval}", ja="{interval}ごと")
FAILED_AT = Template(en="{time} failed", ja="{time} 失敗")
DUE_AT = Template(en="due {time}", ja="予定 {time}")
SINCE = Template(en="since {time}", ja="{time} から")
LEARNING_RUNS = Template(en="learning: {runs} of {least} runs", ja="学習中: {runs}/{least} 回")
BARS = Text(
    en="Bars: height is the duration; grey as usual, amber with a notch slow, ink with a cross failed (vermilion while it "
    "needs a person), dashed missing, outlined running.",
    ja="棒の高さは所要時間です。灰色: 通常、切れ込みのある琥珀色: 長時間、×印の黒: 失敗 (朱色は対応待ち)、破線: 未実行、枠線: 実行中。",
)
SHOWN = Template(en="Jobs {first}–{last} of {count}.", ja="{count} 件中 {first} ～ {last} 件目。")
NEXT = Text(en="Next page", ja="次のページ")
PREVIOUS = Text(en="Previous page", ja="前のページ")
BARS_TITLE = Plural(
    one="Last run: {failed} failed, {slow} slow",
    many="Last {count} runs: {failed} failed, {slow} slow",
    ja="直近 {count} 回: 失敗 {failed} 回、長時間 {slow} 回",
)

HEALTHS = of_command_line.HEALTHS
# The glyph of each state, in the list and in the grid.
GLYPHS: Mapping[str, str] = {
    "failing": "failed",
    "missing": "missing",
    "slow": "late",
    "running": "running",
    "learning": "learning",
    "well": "well",
    "stopped": "off",
}
CELL_GLYPHS: Mapping[str, str] = {
    "failed": "past",
    "missing": "missing",
    "slow": "late",
    "running": "running",
    "well": "ontime",
}
ENDS_ABOUT = Template(en="ends about {end}, due by {by}", ja="終了見込み {end} (期限 {by})")
CELLS: Mapping[str, Text] = {
    "well": Text(en="as usual", ja="通常"),
    "slow": Text(en="slow", ja="長時間"),
    "failed": Text(en="failed", ja="失敗"),
    "missing": Text(en="missing", ja="未実行"),
    "running": Text(en="running", ja="実行中"),
}

# Runs by day.
FAILED_RUNS = Plural(
    one="In {days} days {count} run failed",
    many="In {days} days {count} runs failed",
    ja="過去 {days} 日間の失敗は {count} 回です。",
)
AND_MISSING = Plural(
    one="and {count} never started.", many="and {count} never started.", ja="未実行は {count} 回です。"
)
GRID_CALM = Template(
    en="In {days} days no run failed and none is missing.", ja="過去 {days} 日間に、失敗や未実行はありません。"
)
GRID_SECTION = Text(en="Runs by job and day", ja="ジョブと日ごとの実行")
GRID_RANGE = Template(en="{shown} of {count}", ja="{count} 件中 {shown} 件のジョブ")
GRID_ASIDE = Text(
    en="several runs a day: the worst state, with its count · no cell: no run",
    ja="1 日に複数回の場合は最も悪い状態とその回数を表示 · 空白: 実行なし",
)
TODAY = Text(en="today", ja="今日")
WITHOUT_TROUBLE = Text(en="Without problems", ja="異常なし")
OF = Template(en="{part} of {whole}", ja="{whole} 日中 {part} 日")
IN_COMMON = Text(en="Days on which several jobs had problems", ja="複数のジョブに異常があった日")
IN_COMMON_FAILED = Plural(one="{count} job failed", many="{count} jobs failed", ja="{count} 件のジョブが失敗")
IN_COMMON_MISSING = Plural(
    one="{count} job never started", many="{count} jobs never started", ja="{count} 件のジョブが未実行"
)
NEVER_STARTED = Text(en="Never started", ja="未実行")
EXPECTED = Template(en="due {time}", ja="予定 {time}")
EXPECTED_LAST = Template(en="last due {time}", ja="最終予定 {time}")
MISSED = Plural(one="{count} time", many="{count} times", ja="{count} 回")
NONE_IN_COMMON = Text(en="On no day did several jobs have problems.", ja="複数のジョブに異常があった日はありません。")
NONE_MISSING = Text(en="No run is missing.", ja="未実行はありません。")
MORE_JOBS = Template(
    en="The {count} most urgent jobs are shown. Search to see others.",
    ja="対応が必要な順に {count} 件のジョブを表示しています。ほかのジョブは検索してください。",
)
CELL = Plural(
    one="{day}: {state}, {count} run, {failed} failed",
    many="{day}: {state}, {count} runs, {failed} failed",
    ja="{day}: {state}、実行 {count} 回、失敗 {failed} 回",
)
CELL_MISSING = Plural(
    one="{day}: {count} run never started", many="{day}: {count} runs never started", ja="{day}: 未実行 {count} 回"
)
