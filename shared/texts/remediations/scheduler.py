"""Texts of the action run_scheduler_job."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

NO_JOB = Text(
    en="the incident does not name a job of Cloud Scheduler: it needs the labels job and location",
    ja="インシデントに Cloud Scheduler ジョブの情報がありません。ラベル job、location が必要です",
)
READ_JOB = Template(en="read scheduled job {job}", ja="Scheduler ジョブ {job} の読み取り")
RUN = Template(en="run scheduled job {job}", ja="Scheduler ジョブ {job} の実行")
WOULD_RUN = Template(en="would run scheduled job {job} now", ja="Scheduler ジョブ {job} を今すぐ実行する予定")
STARTED = Template(en="started scheduled job {job}", ja="Scheduler ジョブ {job} の実行を開始")
SUCCEEDED_SINCE = Template(
    en="nothing to do: the last attempt of scheduled job {job} succeeded",
    ja="対応不要: Scheduler ジョブ {job} の最後の実行は成功",
)
IN_PROGRESS = Template(
    en="nothing to do: the last attempt of scheduled job {job} has no result yet",
    ja="対応不要: Scheduler ジョブ {job} の最後の実行は結果待ち",
)
NOT_ENABLED = Template(
    en="nothing to do: scheduled job {job} is {state}", ja="対応不要: Scheduler ジョブ {job} の状態は {state}"
)
DUE_SOON = Template(
    en="nothing to do: scheduled job {job} runs on schedule at {time}",
    ja="対応不要: Scheduler ジョブ {job} は {time} に自動で実行",
)
FAILED_AGAIN = Plural(
    one="scheduled job {job} failed again after it was run once",
    many="scheduled job {job} failed again after it was run {count} times",
    ja="Scheduler ジョブ {job} は {count} 回実行しても再び失敗",
)
MAX_RUNS = Template(
    en="max_runs must be a number from 1 to {most}, not {value}",
    ja="max_runs には 1 から {most} までの数を指定してください (指定値: {value})",
)
NO_ATTEMPT = Text(en="its attempt has not begun", ja="実行待ち")
NO_RESULT = Text(en="its attempt has no result yet", ja="実行結果待ち")
SUCCEEDED = Text(en="its attempt succeeded", ja="成功")
FAILED = Template(en="its attempt failed: {message}", ja="失敗: {message}")
CODE = Template(en="code {code}", ja="コード {code}")
