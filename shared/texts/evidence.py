"""Reasons why a message or an exported entry is not understood; rejected messages store the English text."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text, suggestions

OBJECT = Text(en="an object", ja="オブジェクト")
TYPES: Mapping[type, Text] = {
    dict: OBJECT,
    list: Text(en="a list", ja="リスト"),
    str: Text(en="a string", ja="文字列"),
    bool: Text(en="a boolean", ja="真偽値"),
    int: Text(en="a number", ja="数値"),
    float: Text(en="a number", ja="数値"),
}
NULL = Text(en="null", ja="null")

NO_OBJECT = Template(
    en="the message is JSON, but {type} and not an object",
    ja="メッセージは JSON ですが、オブジェクトではなく{type}です",
)
TOO_DEEP = Template(
    en="the message is nested more than {levels} levels deep", ja="メッセージの入れ子が {levels} 階層を超えています"
)
UNKNOWN = Text(
    en="the message is a JSON object, but neither a LogEntry nor a Cloud Monitoring notification, a report, a tick or a message of a worker",
    ja="JSON オブジェクトですが、LogEntry、Cloud Monitoring の通知、レポート、ティック、ワーカーからのメッセージのいずれでもありません",
)
WRONG_TYPE = Template(
    en="the LogEntry's {name} is {type}, not {expected}",
    ja="LogEntry の {name} は{expected}である必要がありますが、{type}です",
)
LOG_ENTRY_TIME = Text(
    en="the LogEntry's timestamp is not an RFC 3339 time", ja="LogEntry の timestamp が RFC 3339 の日時ではありません"
)
MESSAGE_TIME = Text(
    en="the message's time is not an RFC 3339 time", ja="メッセージの time が RFC 3339 の日時ではありません"
)
INCIDENT_TYPE = Template(
    en="the notification's incident is {type}, not an object",
    ja="通知の incident はオブジェクトである必要がありますが、{type}です",
)
INCIDENT_STATE = Text(
    en="the incident of the notification is neither open nor closed",
    ja="通知の incident の state が open でも closed でもありません",
)
REPORT_NAME = Text(
    en="a report needs 'report', the name of the sender", ja="レポートには送信元の名前 ('report') が必要です"
)
TICK_NAME = Template(
    en="no tick of this name: use one of {names}",
    ja="この名前のティックはありません。{names} のいずれかを指定してください",
)

REPORT_SOURCE = Text(
    en="a report's source must be a short name of letters, digits, '_', '.' and '-'",
    ja="レポートの送信元は、英数字、'_'、'.'、'-' からなる短い名前にしてください",
)
REPORT_JOB = Text(
    en="a report needs a 'job': what failed or succeeded", ja="レポートには 'job' (対象のジョブ) が必要です"
)
REPORT_STATE = Text(
    en="a report's 'state' must be started, ok or failed", ja="レポートの 'state' は started、ok、failed のいずれかです"
)
REPORT_CHECK = Text(
    en="a report about a check needs 'check', its name", ja="チェックのレポートには 'check' (チェックの名前) が必要です"
)
REPORT_CHECK_STATE = Text(
    en="the 'state' of a check must be ok, warn, failed, error or skipped",
    ja="チェックの 'state' は ok、warn、failed、error、skipped のいずれかです",
)
REPORT_VALUE = Template(
    en="a report's '{name}' must be text, a number, true or false",
    ja="レポートの '{name}' は文字列、数値、true、false のいずれかです",
)
REPORT_EVERY = Template(en="a report's 'every': {reason}", ja="レポートの 'every': {reason}")
REPORT_EVERY_BOUNDS = Text(
    en="a report's 'every' must be between one minute and a year", ja="レポートの 'every' は 1 分から 1 年までです"
)
REPORT_FINISH_BY = Template(en="a report's 'finish_by': {reason}", ja="レポートの 'finish_by': {reason}")
REPORT_TEXT = Template(en="a report's '{name}' must be text", ja="レポートの '{name}' は文字列です")
REPORT_CHOICE = Template(
    en="a report's '{name}' must be one of {choices}", ja="レポートの '{name}' は {choices} のいずれかです"
)
REPORT_LABELS = Template(
    en="a report's 'labels' must be an object of at most {most} texts",
    ja="レポートの 'labels' は最大 {most} 個の文字列からなるオブジェクトです",
)

# The reason for a message on the topic of a reporter, so that the reporter can correct it.
OF_REPORTER = Template(en="from the reporter '{owner}': {reason}", ja="送信元 '{owner}': {reason}")
DID_YOU_MEAN, EITHER = suggestions.DID_YOU_MEAN, suggestions.EITHER  # inside other reasons
REPORTER_ATTRIBUTE = Template(
    en="the attribute '{attribute}' names '{named}', the report names '{source}'",
    ja="属性 '{attribute}' は '{named}'、レポートは '{source}' を指しています",
)
REPORTER_ROUTE = Template(
    en="the report names '{source}', but a reporter publishes to its own topic only",
    ja="レポートの 'report' が '{source}' になっています。送信元は自身のトピックにのみ送信できます",
)
SHARED_REPORTS_CLOSED = Template(
    en="the topic shared by all reporters has been closed since {until}: publish the reports of '{source}' to the topic of this reporter",
    ja="全送信元で共有していたトピックの受け付けは {until} に終了しました。'{source}' からのレポートは、この送信元のトピックに送信してください",
)
REPORTER_MOVED = Template(
    en="the topic shared by all reporters no longer accepts the name '{source}', which has a topic of its own in use since {since}",
    ja="'{source}' は {since} から専用のトピックを使っているため、全送信元で共有するトピックではこの名前を受け付けません",
)
REPORTER_UNDECLARED = Template(
    en="the reporter '{name}' is not declared: declare it in rules/{file} and deploy",
    ja="レポートの送信元 '{name}' は宣言されていません。rules/{file} で宣言し、デプロイしてください",
)
REPORTER_MISSPELLED = Template(
    en="the reporter '{name}' is not declared{suggestion} Otherwise declare it in rules/{file} and deploy",
    ja="レポートの送信元 '{name}' は宣言されていません{suggestion} 別の送信元なら rules/{file} で宣言し、デプロイしてください",
)
REPORTER_BEYOND = Template(
    en="the reporter '{name}' may not report the {key} '{value}': rules/{file} allows {allowed}",
    ja="レポートの送信元 '{name}' には {key} '{value}' が許可されていません。rules/{file} で許可されているのは {allowed} です",
)

BODY_TOO_LONG = Template(
    en="the body has {size} bytes, more than a Pub/Sub push can have",
    ja="リクエスト本文が {size} バイトあり、Pub/Sub push の上限を超えています",
)
BODY_NO_OBJECT = Text(en="the request body is not a JSON object", ja="リクエスト本文が JSON オブジェクトではありません")
NO_PUSH = Text(
    en="the request body is not a Pub/Sub push: its 'message' is not an object",
    ja="リクエスト本文が Pub/Sub push ではありません ('message' がオブジェクトではありません)",
)
NO_DATA = Text(en="the message has no data", ja="メッセージにデータがありません")
NOT_BASE64 = Text(en="the message data is not base64", ja="メッセージのデータが base64 ではありません")
BODY_NO_JSON = Template(en="the request body is not JSON: {error}", ja="リクエスト本文が JSON ではありません: {error}")
DATA_NO_JSON = Template(
    en="the message data is not JSON: {error}", ja="メッセージのデータが JSON ではありません: {error}"
)

WRONG_ROUTE = Template(
    en="{found} was sent to {route}, which takes only {expected}",
    ja="{route} は{expected}専用ですが、{found}が送信されました",
)
TRIGGER_SOURCE = Template(
    en="the event comes from {source}, but HINOMI_TRIGGER_TOPIC allows {topic} only",
    ja="イベントの発生元は {source} ですが、HINOMI_TRIGGER_TOPIC で許可されているのは {topic} だけです",
)
TRIGGER_UNSET = Template(
    en="the event comes from {source}, but HINOMI_TRIGGER_TOPIC is not set: set it to the topic of the trigger",
    ja="イベントの発生元は {source} ですが、HINOMI_TRIGGER_TOPIC が未設定です。トリガーのトピックを指定してください",
)
KINDS: Mapping[str, Text] = {
    "LogEntry": Text(en="a log entry", ja="ログエントリ"),
    "MonitoringIncident": Text(en="a Cloud Monitoring notification", ja="Cloud Monitoring の通知"),
    "Report": Text(en="a report", ja="レポート"),
    "Tick": Text(en="a tick", ja="ティック"),
    "WorkerMessage": Text(en="a message of a worker", ja="ワーカーからのメッセージ"),
}
WORKER_FORM = Text(
    en="a message of a worker names the worker, and its state: alive, started, ended, refused or unknown",
    ja="ワーカーからのメッセージには、ワーカーの名前と状態 (alive、started、ended、refused、unknown) が必要です",
)
WORKER_FIELD = Template(
    en="a message of a worker has an invalid '{field}'", ja="ワーカーからのメッセージの '{field}' が無効です"
)
WORKER_ROUTE = Template(
    en="the message names the worker '{worker}', but a worker publishes to its own topic only",
    ja="メッセージの 'worker' が '{worker}' になっています。ワーカーは自身のトピックにのみ送信できます",
)
WORKER_SIGNATURE = Template(
    en="the message is not signed with the key of worker {worker}",
    ja="メッセージがワーカー {worker} の鍵で署名されていません",
)
WORKER_ORDER = Template(
    en="the message answers an order that this installation did not send to worker {worker}",
    ja="メッセージが、ワーカー {worker} に依頼していない処理への応答になっています",
)
