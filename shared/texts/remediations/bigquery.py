"""Remediations in BigQuery: jobs, tables and the access of datasets."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

# Jobs.
READ_JOB = Template(en="read the job {job}", ja="ジョブ {job} の読み取り")
LIST_JOBS = Template(en="list the jobs of {project}", ja="{project} のジョブ一覧の取得")
CANCEL_JOB = Template(en="cancel the job {job}", ja="ジョブ {job} のキャンセル")
NO_JOB = Template(
    en="the incident does not name a BigQuery job of its project: {resource}",
    ja="インシデントに、そのプロジェクトの BigQuery ジョブの指定がありません: {resource}",
)
UNREACHABLE = Template(
    en="the list of jobs is incomplete: {locations} did not respond",
    ja="ジョブの一覧が不完全 ({locations} から応答なし)",
)
TOO_MANY_JOBS = Template(
    en="{project} has more than {count} such jobs: check by hand",
    ja="{project} に該当するジョブが {count} 件を超えるため中止。手動で確認してください",
)
IS_NOW = Template(en="it is {state} now", ja="現在の状態: {state}")

# rerun_bigquery_job.
MAX_RERUNS = Template(
    en="max_reruns must be 1 to {most}, not {value}",
    ja="max_reruns は 1 から {most} までです ({value} は指定できません)",
)
PRINCIPALS = Text(
    en="principals lists the accounts whose jobs run again: Hinomi runs the statements with its own access, x",
    ja="principals には再実行するジョブのアカウントを指定してください。Hinomi の権限で実行するため、全員は指定できません",
)
MINUTES = Template(
    en="{name} must be 1 to {most}, not {value}", ja="{name} は 1 から {most} までです ({value} は指定できません)"
)
NOT_FAILED = Template(
    en="nothing to do: job {job} is {state}, without an error", ja="対応不要: ジョブ {job} は {state} (エラーなし)"
)
STARTED_ALREADY = Template(
    en="nothing to do: job {job} was started again as {new}", ja="対応不要: ジョブ {job} は {new} として再実行済み"
)
CALLER_STARTED = Template(
    en="nothing to do: {other}, which does the same as job {job}, was started meanwhile",
    ja="対応不要: ジョブ {job} と同じ処理の {other} が後から開始済み",
)
WOULD_RERUN = Template(
    en="would run job {job}, which failed with {reason}, again as {new}",
    ja="{reason} で失敗したジョブ {job} を {new} として再実行する予定",
)
RERUN = Template(en="run job {job} again", ja="ジョブ {job} の再実行")
RERUN_STARTED = Template(
    en="started job {job} again as {new} (rerun {attempt} of {most})",
    ja="ジョブ {job} を {new} として再実行 ({most} 回中 {attempt} 回目)",
)
SUCCEEDED = Text(en="it succeeded", ja="成功")
FAILED_AGAIN = Template(en="it failed again: {message}", ja="再び失敗: {message}")
NOT_AGAIN = Template(en="job {job} does not run again: {reason}", ja="ジョブ {job} は再実行の対象外: {reason}")
TOO_OLD = Template(
    en="job {job} failed more than {minutes} min ago", ja="ジョブ {job} の失敗から {minutes} 分以上が経過"
)
RERUN_TOO_OFTEN = Plural(
    one="job {job} failed again after it was run again once",
    many="job {job} failed again after it was run again {count} times",
    ja="ジョブ {job} は {count} 回再実行しても失敗",
)

# Why a job does not run again.
OTHER_ERROR = Template(
    en="running the job again does not fix {reason} ({message})", ja="{reason} は再実行では解消しません ({message})"
)
OTHER_TYPE = Template(en="the job has the type {type}, not load or query", ja="ロードでもクエリでもないジョブ ({type})")
NO_SOURCE = Text(
    en="the job loads an uploaded file, which BigQuery does not keep",
    ja="アップロードされたファイルのロードで、元データが残っていません",
)
SCRIPT = Text(
    en="the job is a script or part of a script: some of its statements may have succeeded",
    ja="スクリプト (またはその一部) のため、一部の文が実行済みの可能性あり",
)
SESSION = Text(
    en="the job is part of a session or a transaction: some of its statements may have succeeded",
    ja="セッションまたはトランザクションの一部のため、一部の文が実行済みの可能性あり",
)
OTHER_STATEMENT = Template(en="{statement} statements are not repeated", ja="{statement} 文は再実行の対象外")
READ_BY_CALLER = Text(
    en="the job writes no table: only its caller uses the result",
    ja="テーブルに書き込まないクエリであり、結果を使うのは呼び出し元のみ",
)
DEPENDS_ON_CALLER = Text(
    en="the result depends on the account that runs the job", ja="実行するアカウントによって結果の行が変わります"
)
CALLER_REPEATS = Text(
    en="the job adds or changes rows, and its caller (Airflow, Dataform, dbt or a transfer) retries the job itself",
    ja="行を追加・変更するジョブであり、呼び出し元 (Airflow、Dataform、dbt、転送) が自ら再実行します",
)

# cancel_bigquery_job.
RUNNING_MINUTES = Template(
    en="running_minutes must be {least} to {most}, not {value}",
    ja="running_minutes は {least} から {most} までです ({value} は指定できません)",
)
NO_LONG_QUERY = Template(
    en="nothing to do: no query that may be cancelled has been running for {minutes} min in {project}",
    ja="対応不要: {project} には {minutes} 分以上実行中でキャンセル可能なクエリなし",
)
NOT_CANCELLED = Template(en="nothing to do: job {job}: {reason}", ja="対応不要: ジョブ {job} ({reason})")
RUNS_SINCE = Template(en="it has been running for only {length}", ja="実行時間はまだ {length}")
WOULD_CANCEL = Template(
    en="would cancel job {job} of {email}, which has been running for {length}",
    ja="{length} 実行中のジョブ {job} ({email}) をキャンセルする予定",
)
CANCELLED = Template(
    en="requested to cancel job {job} of {email}, which had been running for {length}",
    ja="{length} 実行中のジョブ {job} ({email}) のキャンセルを要求",
)
IS_CANCELLED = Text(en="it is cancelled", ja="キャンセル済み")
ENDED_ITSELF = Text(en="it ended before it was cancelled", ja="キャンセルの前に終了")
NOT_CANCELLED_BECAUSE = Template(
    en="job {job} is not cancelled: {reason}", ja="ジョブ {job} はキャンセルの対象外: {reason}"
)
NO_QUERY = Text(en="the job is not a query", ja="クエリではありません")
OWN_JOB = Text(en="the job belongs to Hinomi", ja="Hinomi 自身のジョブ")
OTHER_PRINCIPAL = Template(en="the rule does not allow jobs of {email}", ja="プリンシパル {email} はルールの対象外")

# restore_bigquery_table.
READ_DATASET = Template(en="read the dataset {dataset}", ja="データセット {dataset} の読み取り")
READ_TABLE = Template(en="read the table {table}", ja="テーブル {table} の読み取り")
SECONDS_BEFORE = Template(
    en="seconds_before must be 1 to {most}, not {value}",
    ja="seconds_before は 1 から {most} までです ({value} は指定できません)",
)
NO_TABLE = Template(
    en="the incident is not about a BigQuery table of its project: {resource}",
    ja="インシデントの対象が、そのプロジェクトの BigQuery テーブルではありません: {resource}",
)
TOO_LATE = Template(
    en="the state of {table} to restore is older than the time travel window of its dataset ({hours} h)",
    ja="{table} の復元時点がデータセットのタイムトラベル期間 ({hours} 時間) より前",
)
TABLE_EXISTS = Template(en="nothing to do: {table} exists", ja="対応不要: {table} は存在します")
RESTORE_STARTED_ALREADY = Template(
    en="nothing to do: job {job} restores {table}", ja="対応不要: {table} はジョブ {job} で復元中または復元済み"
)
WOULD_RESTORE = Template(
    en="would restore {table} as of {time} as {restored}", ja="{time} 時点の {table} を {restored} として復元する予定"
)
RESTORE = Template(en="restore {table}", ja="{table} の復元")
RESTORED = Template(
    en="started to restore {table} as of {time} as {restored}", ja="{time} 時点の {table} を {restored} として復元開始"
)
COPY_DONE = Text(en="it is restored", ja="復元が完了")
COPY_FAILED = Template(en="the copy failed: {message}", ja="コピーに失敗: {message}")

# restore_dataset_access.
BETWEEN = Template(
    en="{name} must be {least} to {most}, not {value}",
    ja="{name} は {least} から {most} までです ({value} は指定できません)",
)
NO_DATASET = Template(
    en="the incident is not about a dataset of its project: {resource}",
    ja="インシデントの対象が、そのプロジェクトのデータセットではありません: {resource}",
)
NO_ANSWER = Text(en="the Schema DB does not respond", ja="Schema DB から応答なし")
ACCESS_UNKNOWN = Template(
    en="the history has no roles of {resource} at {time}: no snapshot read them in the {hours} h before",
    ja="{time} 時点の {resource} のロールが履歴にありません (直前の {hours} 時間に読み取りなし)",
)
TOO_MANY_ROLES = Template(
    en="{count} roles would change, more than {most}: restore them by hand",
    ja="{count} 件のロールが変わるため中止 (上限 {most} 件)。手動で復元してください",
)
SAME_ACCESS = Template(
    en="nothing to do: {resource} already has the roles of {time}",
    ja="対応不要: {resource} のロールは {time} 時点と同じ",
)
REMOVE_ROLES = Template(en="remove {grants}", ja="{grants} を削除")
GRANT_ROLES = Template(en="grant {grants}", ja="{grants} を付与")
WOULD_RESTORE_ACCESS = Template(
    en="would restore the roles on {resource} as of {time}: {changes}",
    ja="{resource} のロールを {time} 時点に戻す予定: {changes}",
)
ACCESS_RESTORED = Template(
    en="restored the roles on {resource} as of {time}: {changes}",
    ja="{resource} のロールを {time} 時点に復元: {changes}",
)
CHANGED_AGAIN = Text(en="the roles were changed again", ja="ロールが再び変更されました")
REVERSED_ALREADY = Template(
    en="nothing to do: the restored roles on {resource} were already reversed",
    ja="対応不要: {resource} のロールは元に戻し済み",
)
WOULD_REVERSE = Template(
    en="would reverse the restored roles on {resource}: {changes}",
    ja="{resource} のロールの復元を取り消す予定: {changes}",
)
REVERSED = Template(
    en="reversed the restored roles on {resource}: {changes}", ja="{resource} のロールの復元を取り消し: {changes}"
)
