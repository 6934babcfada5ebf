"""Texts about an Airflow that Hinomi watches from outside."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

UNREACHABLE = Text(en="Airflow does not respond", ja="Airflow の応答なし")
UNREACHABLE_SUMMARY = Template(
    en="Airflow {environment} does not respond: {error}", ja="Airflow {environment} から応答がありません: {error}"
)
UNHEALTHY = Text(en="Airflow component unhealthy", ja="Airflow コンポーネントの異常")
UNHEALTHY_SUMMARY = Template(
    en="The {component} of Airflow {environment} is unhealthy; its last heartbeat was {heartbeat}",
    ja="Airflow {environment} の {component} が異常。最後のハートビート: {heartbeat}",
)
NEVER = Text(en="never", ja="なし")
IMPORT_ERROR = Text(en="Airflow cannot import a DAG file", ja="DAG ファイルのインポートエラー")
IMPORT_ERROR_SUMMARY = Template(
    en="DAG file {file} cannot be imported in {environment}: {error}",
    ja="{environment} で DAG ファイル {file} をインポートできません: {error}",
)
WAITING = Text(en="Airflow tasks wait too long to start", ja="Airflow タスクの長時間の待機")
WAITING_SUMMARY = Plural(
    one="Task {tasks} of DAG {dag} in {environment} has been waiting to start since {since}",
    many="{count} tasks of DAG {dag} in {environment} have been waiting to start since {since}: {tasks}",
    ja="{environment} の DAG {dag} のタスク {count} 件が {since} から開始待ち: {tasks}",
)
RUNNING = Text(en="Airflow task runs too long", ja="Airflow タスクの長時間の実行")
RUNNING_SUMMARY = Plural(
    one="Task {tasks} of DAG {dag} in {environment} has been running since {since}",
    many="{count} tasks of DAG {dag} in {environment} have been running, the first since {since}: {tasks}",
    ja="{environment} の DAG {dag} のタスク {count} 件が実行中のまま ({since} から): {tasks}",
)
LEARNED_LIMIT = Template(
    en="{summary} (usually {usual}, at most {limit})", ja="{summary} (通常は{usual}、長くても {limit})"
)
NOT_SCHEDULED = Text(en="Airflow has not started DAGs that are due", ja="Airflow の DAG の未開始")
NOT_SCHEDULED_SUMMARY = Plural(
    one="Airflow {environment} has not started DAG {dags}, which was due at {since}",
    many="Airflow {environment} has not started {count} DAGs, the first of which was due at {since}: {dags}",
    ja="Airflow {environment} が、予定時刻を過ぎた DAG {count} 件を開始していません ({since} から): {dags}",
)
PAUSED = Text(en="A DAG that used to run is paused", ja="稼働していた DAG の一時停止")
PAUSED_SUMMARY = Template(
    en="DAG {dag} in {environment} is paused: its run of {next} was not started; the last scheduled one started at {last}",
    ja="{environment} の DAG {dag} が一時停止中。{next} の実行は開始されず、最後の定期実行の開始は {last}",
)
ZOMBIE = Text(en="Airflow task without a heartbeat", ja="Airflow タスクのハートビート途絶")
ZOMBIE_SUMMARY = Template(
    en="Task {task} of DAG {dag} lost its process in {environment}",
    ja="{environment} の DAG {dag} のタスク {task} のプロセスが消失",
)
FAILING = Text(en="Airflow tasks fail more often than usual", ja="Airflow タスクの失敗の増加")
FAILING_SUMMARY = Template(
    en="{failed} of {ended} tasks failed in {environment} in the last three hours; {share} failed in the week before",
    ja="{environment} で直近 3 時間にタスク {ended} 件中 {failed} 件が失敗。その前の 1 週間は {share}",
)
FAILING_DAG_SUMMARY = Template(
    en="{failed} of {ended} tasks of DAG {dag} failed in {environment} in the last three hours; {share} failed "
    "in the week before",
    ja="{environment} の DAG {dag} で直近 3 時間にタスク {ended} 件中 {failed} 件が失敗。その前の 1 週間は {share}",
)
OVER = {
    "airflow/unreachable": Text(en="Airflow responds again", ja="Airflow の応答が回復"),
    "airflow/unhealthy": Text(en="The component is healthy again", ja="コンポーネントが正常に復帰"),
    "airflow/import_error": Text(
        en="The DAG file can be imported, or was deleted", ja="DAG ファイルのインポートが成功、または削除"
    ),
    "airflow/waiting_long": Text(en="All tasks of the DAG have started", ja="長時間待機しているタスクはなくなりました"),
    "airflow/running_long": Text(en="The tasks have ended", ja="該当するタスクが終了"),
    "airflow/not_scheduled": Text(
        en="All DAGs that were due have been started", ja="予定時刻を過ぎた DAG がすべて開始"
    ),
    "airflow/paused": Text(
        en="The DAG is no longer paused, or no longer due",
        ja="DAG の一時停止が解除されたか、実行の予定がなくなりました",
    ),
    "airflow/failing_often": Text(en="The share of failed tasks is back to normal", ja="失敗の割合が通常に戻りました"),
}

SEE_SERVER = Text(
    en="Check the web server of this Airflow, the network path to it, and the user of the connection.",
    ja="この Airflow の Web サーバー、途中のネットワーク、接続に使うユーザーを確認します。",
)
SEE_COMPONENT = Text(
    en="Read the log of the component on the machine that runs it, and restart it if it has stopped.",
    ja="コンポーネントが動作するマシンでログを確認し、停止していれば再起動します。",
)
SEE_IMPORT = Text(en="See all import errors with their lines.", ja="すべてのインポートエラーと該当行を確認します。")
SEE_POOLS = Text(
    en="Check whether a pool is full, a queue has no worker, or a parallelism limit is reached.",
    ja="プールの満杯、ワーカーのいないキュー、並列タスク数の上限を確認します。",
)
SEE_LATE = Text(en="See which runs are missing or late.", ja="未実行または遅延している実行を確認します。")
SEE_RUNS = Text(en="See the earlier runs of the DAG.", ja="この DAG のこれまでの実行を確認します。")
SEE_WHO_PAUSED = Text(
    en="Check Airflow's audit log for who paused the DAG and why; resume the DAG, or silence this incident.",
    ja="Airflow の監査ログで、誰がなぜ一時停止したかを確認します。再開するか、このインシデントにサイレンスを設定します。",
)
SEE_TASK = Text(
    en="Read the task's log: the task may be waiting for an input that never arrives. Stop the task if nobody needs its result.",
    ja="タスクのログで、終わらない待機がないかを確認します。不要であれば終了させます。",
)
SEE_WORKER = Text(
    en="See what happened to the worker: evicted, restarted, or out of memory.",
    ja="ワーカーの状態 (退避、再起動、メモリ不足) を確認します。",
)
SEE_INCIDENTS = Text(
    en="See what the failures have in common: a system, a release, an account.",
    ja="失敗に共通するもの (接続先、リリース、アカウント) を確認します。",
)
