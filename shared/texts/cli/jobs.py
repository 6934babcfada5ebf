"""Texts of `hinomi jobs` and `hinomi cost`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

NO_JOB = Template(en="no job is named '{name}'{suggestion}", ja="ジョブ '{name}' はありません{suggestion}")
LIST_JOBS = Text(en=": `hinomi jobs list` lists the jobs", ja="。`hinomi jobs list` で一覧を表示できます")

DECLARED = Template(en="schedule {schedule} (every {interval})", ja="スケジュール {schedule} (間隔 {interval})")
DECLARED_BUT = Template(
    en="schedule {schedule} (every {interval}), but its runs are {learned} apart",
    ja="スケジュール {schedule} (間隔 {interval})、実際の実行間隔は {learned}",
)
STARTS_AT = Template(
    en="declared for {declared}, but its runs usually start at {usual} ({zone})",
    ja="宣言された開始時刻は {declared}、実際の開始時刻は通常 {usual} ({zone})",
)
MOVED = Template(
    en="moved from about {before} to about {now} since {day}",
    ja="開始時刻が {before} 頃から {now} 頃に移動 ({day} 以降)",
)
JOB = Text(en="job", ja="ジョブ")
SERVICE = Text(en="service", ja="サービス")
MEDIAN = Text(en="median", ja="中央値")
PAST_MEDIAN = Text(en="past median", ja="以前の中央値")
GROWTH = Text(en="growth", ja="倍率")
RUNS = Text(en="runs", ja="実行回数")
P95 = Text(en="p95", ja="p95")
PAST_P95 = Text(en="past p95", ja="以前の p95")
TIMES = Template(en="x {factor}", ja="{factor} 倍")
IN_A_ROW = Text(en="in a row", ja="連続失敗")
FAILED = Text(en="failed", ja="失敗")
FAILED_OF = Template(en="{failed} of {runs}", ja="{runs} 回中 {failed} 回")
LAST_FAILURE = Text(en="last failure", ja="最後の失敗")
ERROR = Text(en="error", ja="エラー")
DAY = Text(en="day (UTC)", ja="日付 (UTC)")
WAITED = Text(en="waited", ja="待ち時間")
SLOT_HOURS = Text(en="slot-h", ja="スロット時間")
GIB_BILLED = Text(en="GiB billed", ja="課金 GiB")
RUN = Text(en="run", ja="実行")
STARTED = Text(en="started", ja="開始")
STATE = Text(en="state", ja="状態")
TOOK = Text(en="took", ja="所要時間")
WHO = Text(en="who", ja="実行者")

SINCE = Text(en="since", ja="発生日時")
INCIDENT = Text(en="incident", ja="インシデント")
RERUN = Text(en="run it again", ja="再実行")
RERUN_DATAFLOW = Template(
    en="no command runs a Dataflow job again: start it as before, by its template or scheduler; {command} shows its options",
    ja="Dataflow ジョブを再実行するコマンドはありません。テンプレートやスケジューラなど、元の方法で起動してください。"
    "{command} でオプションを確認できます",
)
RERUN_DATAFORM = Text(
    en="gcloud has no command for Dataform: execute the action again in its repository",
    ja="Dataform には gcloud コマンドがありません。リポジトリの画面からアクションを再実行してください",
)
RERUN_TRAINING = Template(
    en="no command runs a training job again: create it as before; {command} shows its specification",
    ja="トレーニングジョブを再実行するコマンドはありません。元の方法で作成してください。{command} で仕様を確認できます",
)
RERUN_BIGQUERY = Template(
    en="no command runs this job again with its destination: start it as before; {command} shows its configuration",
    ja="このジョブを出力先も含めて再実行するコマンドはありません。元の方法で起動してください。{command} で設定を確認できます",
)
RERUN_BY_ITS_TOOL = Text(
    en="no command is known: start the job with the tool that runs it",
    ja="再実行するコマンドは不明です。ジョブを実行しているツールから起動してください",
)
NEVER_STARTED = Text(en="due, never started", ja="予定時刻に未開始")
FAILED_RUN = Text(en="failed, not repaired", ja="失敗、未復旧")
LATER_RUN = Text(en="a later run", ja="その後の実行")
SUCCEEDED = Template(en="succeeded {ago}", ja="成功 ({ago})")
NOT_STARTED = Text(en="not started", ja="未開始")
BY = Text(en="usually by", ja="通常の期限")
EXPECTED_END = Text(en="expected end", ja="終了見込み")
SURE = Text(en="confidence", ja="確度")
USUAL_END = Text(en="usual end", ja="通常の終了")
DEADLINE = Text(en="deadline", ja="期限")
CHANCE_OF_LATE = Text(en="may be late", ja="遅延の可能性")
WAITS_FOR = Text(en="waits for", ja="待ち先")
NO_GAPS = Plural(
    one="No run is missing (last day).",
    many="No run is missing (last {count} days).",
    ja="欠けている実行はありません (過去 {count} 日間)。",
)
NO_UNREPAIRED = Plural(
    one="No incident of the last day has a failed run that is still unrepaired.",
    many="No incident of the last {count} days has a failed run that is still unrepaired.",
    ja="過去 {count} 日間のインシデントに、未復旧の実行はありません。",
)
GAPS_WITHOUT_HISTORY = Text(
    en="No history of jobs yet, so runs that never started are not listed: run `hinomi snapshot run`.",
    ja="ジョブの履歴がないため、開始しなかった実行は表示していません。`hinomi snapshot run` で収集してください。",
)

STATES: Mapping[str, Text] = {
    "queued": Text(en="queued", ja="待機中"),
    "running": Text(en="running", ja="実行中"),
    "succeeded": Text(en="succeeded", ja="成功"),
    "failed": Text(en="failed", ja="失敗"),
    "cancelled": Text(en="cancelled", ja="キャンセル"),
    "skipped": Text(en="skipped", ja="スキップ"),
}
HEALTHS: Mapping[str, Text] = {
    "failing": Text(en="failing", ja="失敗中"),
    "missing": Text(en="missing", ja="未実行"),
    "slow": Text(en="slow", ja="長時間"),
    "running": Text(en="running", ja="実行中"),
    "learning": Text(en="learning", ja="学習中"),
    "well": Text(en="healthy", ja="正常"),
    "stopped": Text(en="stopped", ja="停止"),
}
LAST_RUN = Text(en="last run", ja="前回の実行")
USUALLY = Text(en="usually", ja="通常")
IN_FIVE_WEEKS = Text(en="failed (5 weeks)", ja="失敗 (5 週間)")
COST_OF_WEEK = Text(en="cost (7 days)", ja="費用 (7 日間)")

# Cost.
USER = Text(en="user", ja="ユーザー")
DATASET = Text(en="dataset", ja="データセット")
PROJECT = Text(en="project", ja="プロジェクト")
PRICE = Text(en="price", ja="費用")
BEFORE = Text(en="before", ja="前の期間")
SHARE = Text(en="share", ja="割合")
TIB_BILLED = Text(en="TiB billed", ja="課金 TiB")
RESERVED = Text(en="reserved", ja="予約分")
EXPLANATION = Plural(
    one="Cost of the last day; 'before' is the day before it. Prices: {per_tib} per TiB billed on demand, "
    "{per_slot_hour} per slot-hour of a reservation.",
    many="Cost of the last {count} days; 'before' is the {count} days before them. Prices: {per_tib} per TiB billed on "
    "demand, {per_slot_hour} per slot-hour of a reservation.",
    ja="過去 {count} 日間。単価はオンデマンド課金 1 TiB あたり {per_tib}、予約の 1 スロット時間あたり {per_slot_hour}。"
    "「前の期間」はその前の {count} 日間です。",
)
NO_LABEL = Plural(
    one="No BigQuery job of the last day has the label '{key}'.",
    many="No BigQuery job of the last {count} days has the label '{key}'.",
    ja="過去 {count} 日間の BigQuery ジョブに、ラベル '{key}' の付いたものはありません。",
)
NO_BIGQUERY_RUN = Template(
    en="no BigQuery job with the id '{run}' has started", ja="開始済みの BigQuery ジョブ '{run}' はありません"
)
SEVERAL_PROJECTS = Template(
    en="{projects} have a job of this id: choose one with --project",
    ja="この ID のジョブが {projects} にあります。--project で指定してください",
)
WAITED_FROM = Template(en="{job} waited from {start} to {end}.", ja="{job} は {start} から {end} まで待機しました。")
NOT_QUEUED = Template(
    en="{job} was not queued; it ran from {start} to {end}.",
    ja="{job} は待機せず、{start} から {end} まで実行されました。",
)
SLOT_SECONDS = Text(en="slot-seconds", ja="スロット秒")
USUAL = Text(en="usual", ja="通常")
MORE = Text(en="increase", ja="増加分")
JOBS = Text(en="jobs", ja="ジョブ数")
NO_CONTENDERS_RESERVATION = Template(
    en="Nobody else used slots of reservation {name} in that time.",
    ja="その間、予約 {name} のスロットを使ったユーザーはほかにいません。",
)
NO_CONTENDERS_ON_DEMAND = Template(
    en="Nobody else used on-demand slots of {project} in that time.",
    ja="その間、{project} のオンデマンドのスロットを使ったユーザーはほかにいません。",
)
USUAL_MEANS = Plural(
    one="Usual: the median at the same time of day, over {count} day before.",
    many="Usual: the median at the same time of day, over {count} days before.",
    ja="「通常」は過去 {count} 日間の同じ時間帯の中央値です。",
)
