"""Titles, summaries and recoveries of the findings of detectors; the texts of a rule are in its own file."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

# Templates of rules, not Python's: the text of a recovery whose rule has none.
RULE_RECOVERED = Text(
    en="An entry of {logName:tail} reports the recovery ({protoPayload.methodName|insertId}, {timestamp})",
    ja="{logName:tail} のログで復旧を確認 ({protoPayload.methodName|insertId}, {timestamp})",
)
RULE_REMOVED = Text(
    en="{protoPayload.resourceName:tail} was deleted by {protoPayload.authenticationInfo.principalEmail}",
    ja="{protoPayload.authenticationInfo.principalEmail} が {protoPayload.resourceName:tail} を削除",
)
QUIET_JOB = Template(
    en="no further failure seen for {duration}", ja="{duration}間、新たな失敗は確認されていません (復旧は未確認)"
)
QUIET = Template(en="no further occurrence for {duration}", ja="{duration}間、新たな発生は確認されていません")

OPERATION_FAILED = Template(
    en="the operation failed, so the change did not take place: {reason}",
    ja="操作が失敗したため、変更は行われていません: {reason}",
)
CORRECTED = Text(
    en="an earlier log entry that arrived late shows that nothing was wrong",
    ja="遅れて届いた以前のログにより、問題ではなかったことが判明しました",
)
TOO_OLD = Text(
    en="too old when it arrived: recorded, no action was planned",
    ja="受信時点で古すぎるため、記録のみ行い、対応は実施していません",
)
CHANGES_OF_ONE_CALL = Plural(
    one="{count} change by one call: {summary}",
    many="{count} changes by one call: {summary}",
    ja="1 回の呼び出しによる {count} 件の変更: {summary}",
)

ACCOUNT_MISUSED_TITLE = Text(en="An account of Hinomi was misused", ja="Hinomi のアカウントの不正使用の疑い")
ACCOUNT_MISUSED = Template(
    en="{account} called {method} on {resource}: Hinomi declares no such call, and no action run explains it. Somebody else may use the account",
    ja="{account} が {resource} に対して {method} を実行。Hinomi が宣言した呼び出しではなく、対応するアクションの実行記録もないため、アカウントが第三者に使われている可能性あり",
)

MESSAGES_REJECTED = Text(en="Messages are rejected", ja="メッセージの拒否")
MESSAGE_REJECTED = Template(
    en="{reason}. See: hinomi dlq list",
    ja="{reason}。一覧: hinomi dlq list",
)

CHANNEL_BROKEN_TITLE = Text(en="Hinomi cannot notify a channel", ja="チャネルの不通")
CHANNEL_BROKEN = Template(
    en="{channel} accepts no messages; they wait until it works: {reason}",
    ja="{channel} への送信は復旧するまで保留中: {reason}",
)
NOT_DELIVERED_TITLE = Text(en="Hinomi could not deliver a notification", ja="通知の配信失敗")
NOT_DELIVERED = Template(
    en="{channel} did not receive incident {incidents}: {reason}",
    ja="{channel} に届いていないインシデント: {incidents} ({reason})",
)
CHANNEL_UNUSED = Template(
    en="no handler rule uses {channel} any more; its notifications were skipped",
    ja="{channel} を使うハンドラールールがなくなったため、保留中の通知を見送り",
)
CHANNEL_WORKS = Template(
    en="{channel} accepts notifications again; the waiting ones are sent now",
    ja="{channel} への通知を再開。保留していた通知を送信",
)

SILENCE_EXPIRES_TITLE = Text(en="Muted actions", ja="停止中のアクション")
SILENCE_EXPIRES = Template(
    en="Silence {id} expires at {at} ({matcher}; {owner}: {reason}). Actions suppressed so far: {count}. Unresolved incidents that "
    "match: {unresolved}. To extend it: hinomi silences extend {id} --for 1d",
    ja="サイレンス {id} は {at} に終了 ({matcher}、{owner}: {reason})。これまでに止めたアクション: {count} 件、一致する未復旧の"
    "インシデント: {unresolved} 件。延長: hinomi silences extend {id} --for 1d",
)
SILENCE_EXTENDED = Template(en="Silence {id} was extended until {until}", ja="サイレンス {id} を {until} まで延長")
SILENCE_ENDED = Template(
    en="Silence {id} has expired. Suppressed actions: {count}; incidents: {incidents}; unresolved: {unresolved}",
    ja="サイレンス {id} が終了。止めたアクション: {count} 件、対象インシデント: {incidents}、未復旧: {unresolved}",
)

WINDOW_ENDED = Template(
    en="The window of silence {id} from {begin} to {end} has ended. Suppressed actions: {count}; incidents: {incidents}; "
    "unresolved: {unresolved}",
    ja="サイレンス {id} の {begin} から {end} までの時間帯が終了。止めたアクション: {count} 件、対象インシデント: {incidents}、"
    "未復旧: {unresolved}",
)

COLLECTOR_DEAD = Text(en="A history collector is failing", ja="履歴コレクターの停止")
COLLECTOR_FAILS = Template(
    en="{name} has not succeeded since {since} ({scopes}): {error}",
    ja="{name} が {since} から成功していません ({scopes}): {error}",
)
COLLECTOR_SILENT = Template(
    en="{name} has not succeeded since {since} ({scopes}). See: hinomi snapshot list",
    ja="{name} が {since} から成功していません ({scopes})。状態: hinomi snapshot list",
)
COLLECTOR_WORKS = Template(en="{name} succeeds again", ja="{name} の実行が再び成功")

RULE_CRASHED_TITLE = Text(en="A rule crashed", ja="検知ルールの異常終了")
RULE_CRASHED = Template(en="{name}: {error}. The others still run", ja="{name}: {error}。ほかは引き続き動作しています")
DETECTOR_CRASHED_TITLE = Text(en="A detector crashed", ja="検知器の異常終了")
DETECTOR_CRASHED = Template(
    en="{name} failed on this evidence: {error}. The others still run",
    ja="{name} がこのデータの処理に失敗: {error}。ほかは引き続き動作しています",
)

MONITORING_INCIDENT = Text(en="Cloud Monitoring incident", ja="Cloud Monitoring のインシデント")
MONITORING_CLOSED = Template(
    en="Cloud Monitoring closed the incident: {reason}", ja="Cloud Monitoring がインシデントをクローズ: {reason}"
)
NO_REASON = Text(en="no reason given", ja="理由の記載なし")

REPORT_TITLE = Template(en="{source} reports a failure", ja="{source} からの障害報告")
REPORT_FAILED = Template(en="{job} failed", ja="{job} が失敗")
REPORT_OK = Template(en="{source} reports that {job} succeeded", ja="{source} で {job} が正常終了")

LOAD_CHECK_FAILED = Text(en="The load check is incomplete", ja="負荷チェックの実行不能")
LOAD_OF_PROJECT = Template(en="{project}: {text}", ja="{project}: {text}")
NO_PROJECTS = Text(
    en="no project to monitor: set HINOMI_PROJECTS",
    ja="監視対象のプロジェクトがありません: HINOMI_PROJECTS を設定してください",
)
METRICS_NOT_READ = Template(en="cannot read {metrics}: {error}", ja="{metrics} を読み取れません: {error}")
AND_MORE = Plural(one="{names} and {count} more", many="{names} and {count} more", ja="{names} ほか {count} 件")
NO_DATA = Text(en="no data", ja="データなし")
LONGER_THAN = Template(en="more than {duration}", ja="{duration}超")
AT_MOST = Template(en="{resource}: at most {level} for {duration}", ja="{resource}: {duration}継続して {level}以下")
AT_LEAST = Template(en="{resource}: at least {level} for {duration}", ja="{resource}: {duration}継続して {level}以上")

JOB_RUNNING_LONG = Text(en="BigQuery job runs for a long time", ja="BigQuery ジョブの長時間実行")
JOB_RUNS_LONG = Template(
    en="The BigQuery {kind} job {job} of {principal} has been running for {duration} (limit {limit})",
    ja="{principal} の BigQuery {kind} ジョブ {job} が {duration}実行中 (上限 {limit})",
)
UNKNOWN_ACCOUNT = Text(en="an unknown account", ja="不明なアカウント")
JOB_ENDED = Template(en="job {job} ended after {duration}: {result}", ja="ジョブ {job} が {duration}で終了: {result}")
JOB_GONE = Template(en="job {job} no longer exists", ja="ジョブ {job} は存在しません")
JOB_SUCCEEDED = Text(en="succeeded", ja="成功")
JOB_CANCELLED = Text(en="cancelled", ja="キャンセル")
JOB_FAILED = Template(en="failed ({reason})", ja="失敗 ({reason})")
JOBS_NOT_READ = Template(
    en="cannot list running BigQuery jobs: {error}", ja="実行中の BigQuery ジョブの一覧を取得できません: {error}"
)

MARKED_FALSE = Template(en="{by}: false alarm", ja="{by}: 誤検知")
MARKED_FALSE_BECAUSE = Template(en="{by}: false alarm ({reason})", ja="{by}: 誤検知 ({reason})")
