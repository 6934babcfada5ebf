"""Texts of commands about missing history."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

NO_COPY = Text(
    en="The BigQuery copy has no job runs yet: `hinomi snapshot run` copies them when HINOMI_BIGQUERY_HISTORY is set "
    "(docs/bigquery-target.md).",
    ja="BigQuery のコピーにジョブの実行記録がまだありません。HINOMI_BIGQUERY_HISTORY を設定すると `hinomi snapshot run` で"
    "コピーされます (docs/bigquery-target.md)。",
)
NO_SUCCESS = Template(
    en="No snapshot of {names} has succeeded yet (last error: {error}): see `hinomi snapshot list`.",
    ja="{names} のスナップショットはまだ成功していません (最後のエラー: {error})。`hinomi snapshot list` で確認してください。",
)
NO_SNAPSHOTS_OF = Template(
    en="No snapshots of {names} yet: run `hinomi snapshot run {collectors}`.",
    ja="{names} のスナップショットがまだありません。`hinomi snapshot run {collectors}` を実行してください。",
)
NO_SNAPSHOTS = Text(
    en="No snapshots yet: run `hinomi snapshot run`.",
    ja="スナップショットがまだありません。`hinomi snapshot run` を実行してください。",
)
NO_PROJECTS = Text(
    en="No snapshots yet: set HINOMI_PROJECTS, then run `hinomi snapshot run`.",
    ja="スナップショットがまだありません。HINOMI_PROJECTS を設定し、`hinomi snapshot run` を実行してください。",
)

LATEST_RUN = Template(en="The latest run on record started {age}.", ja="記録されている最新の実行の開始は{age}です。")
NO_JOB_RAN = Plural(
    one="No job{of_service} ran in the last day. {latest}",
    many="No job{of_service} ran in the last {count} days. {latest}",
    ja="過去 {count} 日間に実行された{of_service}ジョブはありません。{latest}",
)
BEGINS = Template(
    en="Nothing to compare with yet: the history of jobs begins on {day}.",
    ja="ジョブの履歴が {day} からのため、比較できる過去の実行がまだありません。",
)
LOOKED_AT = Plural(
    one="{claim}: {jobs}{of_service} ran in the last day{compared}. {latest}",
    many="{claim}: {jobs}{of_service} ran in the last {count} days{compared}. {latest}",
    ja="{claim}。過去 {count} 日間に{of_service}ジョブが {jobs}実行されました{compared}。{latest}",
)
JOBS = Plural(one="{count} job", many="{count} jobs", ja="{count} 件")
COMPARED = Plural(
    one=", compared with the day before",
    many=", compared with the {count} days before",
    ja=" (比較対象: その前の {count} 日間)",
)
OF_SERVICE = Template(en=" of {service}", ja=" {service} の")
NO_SERVICE = Template(
    en="No job of a service '{service}' is on record{suggestion}",
    ja="サービス '{service}' のジョブは記録されていません{suggestion}",
)
NO_RUNS = Template(
    en="No job run{of_service} is on record: see `hinomi snapshot list`.",
    ja="{of_service}ジョブの実行記録がありません。`hinomi snapshot list` で確認してください。",
)

NOT_SLOWER = Text(en="No job is slower than before", ja="以前より遅くなったジョブはありません")
NO_SUCH_JOB = Text(en="No job matches", ja="該当するジョブはありません")
NO_FAILURE = Text(en="No job failed", ja="失敗したジョブはありません")
NONE_LATE = Text(en="No job is late", ja="遅延しているジョブはありません")
NO_DEADLINES = Text(
    en="No job has a known deadline in the next hours", ja="今後数時間に期限のあるジョブは確認されていません"
)
NO_COST = Text(en="No BigQuery job has a cost", ja="費用の発生した BigQuery のジョブはありません")

# The Error DB.
NO_INCIDENT_YET = Text(
    en="No incident has been recorded yet: `hinomi doctor` shows whether log entries arrive.",
    ja="インシデントはまだ記録されていません。ログエントリが届いているかは `hinomi doctor` で確認できます。",
)
