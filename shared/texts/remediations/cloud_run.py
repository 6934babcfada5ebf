"""Texts of the action run_cloud_run_job."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

NO_JOB = Text(
    en="the incident does not name a Cloud Run job: it needs the labels job, location and execution",
    ja="インシデントに Cloud Run ジョブの情報がありません。ラベル job、location、execution が必要です",
)
READ_JOB = Template(en="read job {job}", ja="ジョブ {job} の読み取り")
LIST = Template(en="list the executions of job {job}", ja="ジョブ {job} の実行一覧の取得")
NO_EXECUTION = Template(
    en="execution {execution} is not among the latest ones of job {job}",
    ja="実行 {execution} がジョブ {job} の最近の実行に見つかりません",
)
NOT_FAILED = Template(
    en="execution {execution} of job {job} did not fail: nothing was done",
    ja="ジョブ {job} の実行 {execution} は失敗していないため、何も変更していません",
)
CANCELLED = Template(
    en="nothing to do: a person cancelled execution {execution} of job {job}",
    ja="対応不要: ジョブ {job} の実行 {execution} は人によりキャンセルされています",
)
RUNS_AGAIN = Template(
    en="nothing to do: job {job} has run again since (execution {execution})",
    ja="対応不要: ジョブ {job} はその後再実行されています (実行 {execution})",
)
OTHER_WORK = Template(
    en="execution {execution} of job {job} had other arguments, variables or tasks than the job has now: run it by hand",
    ja="ジョブ {job} の実行 {execution} は、現在のジョブと引数、環境変数、タスク数のいずれかが異なります。手動で実行してください",
)
RUN = Template(en="run job {job}", ja="ジョブ {job} の実行")
WOULD_RUN = Template(en="would run job {job} again", ja="ジョブ {job} を再実行する予定")
STARTED = Template(en="started job {job} again", ja="ジョブ {job} の再実行を開始")
RUNNING = Text(en="it is still running", ja="実行中")
SUCCEEDED = Text(en="it succeeded", ja="成功")
FAILED = Template(en="it failed: {message}", ja="失敗: {message}")
NO_MESSAGE = Text(en="no message given", ja="メッセージなし")
FAILED_AGAIN = Plural(
    one="job {job} failed again after it was run again once",
    many="job {job} failed again after it was run again {count} times",
    ja="ジョブ {job} は {count} 回再実行しても再び失敗",
)
MAX_RERUNS = Template(
    en="max_reruns must be a number from 1 to {most}, not {value}",
    ja="max_reruns には 1 から {most} までの数を指定してください (指定値: {value})",
)
