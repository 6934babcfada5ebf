"""Scripts of the installation: manifests, parameters, and how a script ended."""

from __future__ import annotations

from shared.texts import Template, Text

# Parameters.
USE = Template(en=": use {names}", ja=": {names} を使用してください")
NO_PARAMETER = Template(
    en="the script '{script}' has no parameter '{name}'{suggestion}",
    ja="スクリプト '{script}' にパラメータ '{name}' はありません{suggestion}",
)
NO_VALUE = Template(en="the parameter '{name}' needs a value", ja="パラメータ '{name}' の値が必要です")
NOT_IN_INCIDENT = Template(
    en="the parameter '{name}' needs a value: the incident has no {source}",
    ja="パラメータ '{name}' の値がありません: インシデントに {source} がありません",
)
NOT_A_VALUE = Template(
    en="the parameter '{name}' takes text, a whole number, true or false",
    ja="パラメータ '{name}' にはテキスト、整数、true、false のいずれかを指定してください",
)
SOURCE_FORM = Template(
    en="the parameter '{name}' takes a value, or a source such as {{from: label.dag_id}}",
    ja="パラメータ '{name}' には値、または {{from: label.dag_id}} のような取得元を指定してください",
)
NO_SOURCE = Template(
    en="{name}: an incident has no '{source}'{suggestion} (label.NAME, {names})",
    ja="{name}: インシデントに '{source}' はありません{suggestion} (label.NAME、{names})",
)
CHARACTER = Template(
    en="the value of '{name}' has the control or invisible character {code}",
    ja="'{name}' の値に制御文字または不可視文字 {code} が含まれています",
)
TOO_LONG = Template(
    en="the value of '{name}' has {length} characters: at most {most} are allowed",
    ja="'{name}' の値は {length} 文字です (上限 {most} 文字)",
)
NO_MATCH = Template(
    en="the value '{value}' of '{name}' does not match {pattern}",
    ja="'{name}' の値 '{value}' は {pattern} に一致しません",
)
NO_INTEGER = Template(
    en="the value '{value}' of '{name}' is not a whole number", ja="'{name}' の値 '{value}' は整数ではありません"
)
OUT_OF_BOUNDS = Template(
    en="the value {value} of '{name}' is not within {bounds}", ja="'{name}' の値 {value} は範囲 {bounds} の外です"
)
NO_CHOICE = Template(
    en="the value '{value}' of '{name}' is not allowed{suggestion}",
    ja="'{name}' の値 '{value}' は使用できません{suggestion}",
)
NO_BOOLEAN = Template(
    en="the value '{value}' of '{name}' is not true or false",
    ja="'{name}' の値 '{value}' は true または false ではありません",
)
OPTION = Template(
    en="the value '{value}' of '{name}' would be read as an option: it begins with '-'",
    ja="'{name}' の値 '{value}' は '-' で始まるため、オプションとして解釈されます",
)

# Manifests.
NAME_FORM = Text(
    en="use a-z, 0-9, - and _, a letter first, no - or _ at the end, at most 40 characters",
    ja="a-z、0-9、-、_ を使用し、英字で始め、- と _ で終わらないようにしてください (40 文字以内)",
)
PARAMETER_FORM = Text(
    en="use a-z, 0-9 and _, a letter first, at most 40 characters",
    ja="a-z、0-9、_ を使用し、英字で始めてください (40 文字以内)",
)
WORKER_FORM = Text(
    en="use a-z, 0-9 and -, a letter first, at most 40 characters",
    ja="a-z、0-9、- を使用し、英字で始めてください (40 文字以内)",
)
UNDO_ELSEWHERE = Template(
    en="undo: '{script}' needs the same worker, because a run and its undo run in one place",
    ja="undo: '{script}' にも同じ worker を指定してください (実行とその取り消しは同じ場所で行われます)",
)
NO_WORKER = Template(
    en="worker {worker}, which runs {script}, did not take the run in time: is `hinomi worker actions --name {worker}` running?",
    ja="{script} を実行するワーカー {worker} が時間内に処理を開始しませんでした。"
    "`hinomi worker actions --name {worker}` が起動しているか確認してください",
)
ON_WORKER = Template(en=" on worker {worker}", ja=" (ワーカー {worker})")
SAME_JOB = Template(
    en="name: '{name}' and '{other}' would have the same Cloud Run job: they differ in - and _ only",
    ja="name: '{name}' と '{other}' は - と _ だけが異なり、Cloud Run ジョブ名が同じになります",
)
VARIABLE_FORM = Text(en="use A-Z, 0-9 and _, a letter first", ja="A-Z、0-9、_ を使用し、英字で始めてください")
PERMISSION_FORM = Text(
    en="use an IAM permission, such as bigquery.jobs.create",
    ja="bigquery.jobs.create のような IAM 権限を指定してください",
)
PATTERN = Text(
    en="this is not a regular expression of RE2 (no look-around, no back-references)",
    ja="RE2 の正規表現ではありません (先読み、後読み、後方参照は使用できません)",
)
OTHER_TYPE = Template(
    en="{key}: not for a parameter of the type {type}", ja="{key}: {type} 型のパラメータには指定できません"
)
MIN_ABOVE_MAX = Text(en="min: greater than max", ja="min: max より大きい値です")
TIME_LIMIT = Template(en="use at most {most}", ja="{most} 以下にしてください")
RESERVED = Template(
    en="secrets: '{name}' is reserved: use another name",
    ja="secrets: '{name}' は予約済みです。別の名前を使用してください",
)
SECRET_TWICE = Template(en="secrets: '{name}' is listed twice", ja="secrets: '{name}' が重複しています")
EMPTY_ARGUMENT = Text(
    en="command: an argument is empty or has a NUL character", ja="command: 引数が空か、NUL 文字を含んでいます"
)
BRACES = Template(
    en="command: '{argument}': write {{name}} for a parameter, and {{{{ and }}}} for braces",
    ja="command: '{argument}': パラメータは {{name}}、波括弧は {{{{ と }}}} と書いてください",
)
PROGRAM_OF_PARAMETER = Text(
    en="command: the program cannot come from a parameter",
    ja="command: プログラムをパラメータで指定することはできません",
)
CODE = Template(
    en="command: {{{name}}} would be code of {program}: pass it as an argument of a script instead",
    ja="command: {{{name}}} が {program} のコードになります。スクリプトの引数として渡してください",
)
PROGRAM = Template(
    en="command: '{program}': use python, a file of the script's folder, or an absolute path",
    ja="command: '{program}': python、スクリプトのフォルダ内のファイル、または絶対パスを指定してください",
)
NO_PLACEHOLDER = Template(
    en="command: there is no parameter '{name}'{suggestion}", ja="command: パラメータ '{name}' はありません{suggestion}"
)
OTHER_FOLDER = Template(
    en="name: '{name}' is not the name of the folder, {folder}",
    ja="name: '{name}' がフォルダ名 {folder} と一致しません",
)
OUTSIDE = Template(
    en="'{path}' leads out of the folder of scripts", ja="'{path}' はスクリプトのフォルダの外を指しています"
)
NO_FILE = Template(
    en="command: there is no file '{file}' in the script's folder",
    ja="command: スクリプトのフォルダにファイル '{file}' がありません",
)
NOT_EXECUTABLE = Template(
    en="command: '{file}' is not executable: run chmod +x {path}",
    ja="command: '{file}' に実行権限がありません。chmod +x {path} を実行してください",
)
OF_DEFAULT = Template(en="default: {problem}", ja="default: {problem}")
UNDO_NEEDS = Template(
    en="undo: '{script}' needs the parameter '{name}', which this script does not have",
    ja="undo: '{script}' に必要なパラメータ '{name}' がこのスクリプトにありません",
)
NO_SCRIPT = Template(
    en="there is no valid script '{name}'{suggestion}", ja="有効なスクリプト '{name}' はありません{suggestion}"
)
NO_SCRIPTS = Text(
    en=": the installation has no scripts (`hinomi actions new NAME` writes one)",
    ja=": スクリプトがありません (`hinomi actions new NAME` で作成できます)",
)
NOT_COMPILED = Template(
    en="cannot be read: {error}; `hinomi deploy source` writes it",
    ja="読み取れません: {error}。`hinomi deploy source` で作成されます",
)
ONE_EXPECTATION = Text(en="use either command or rejected", ja="command と rejected のどちらか一方を指定してください")
NO_PROPERTY = Template(
    en="incident: there is no property '{name}': use {names}",
    ja="incident: プロパティ '{name}' はありません。{names} を使用してください",
)
INVALID_PROPERTY = Template(en="incident: {error}", ja="incident: {error}")
WAS_REJECTED = Template(en="rejected: {reason}", ja="拒否されました: {reason}")
NOT_REJECTED = Template(en="not rejected: {command}", ja="拒否されませんでした: {command}")
OTHER_COMMAND = Template(
    en="the command is [{command}], not [{expected}]", ja="コマンドは [{command}] です (期待値: [{expected}])"
)

# Bodies and calls of http_call, workflows_execute and pubsub_publish.
TOO_DEEP = Template(en="{name}: nested more than {most} deep", ja="{name}: 入れ子が {most} 階層を超えています")
VALUE_FORM = Template(
    en="{name}: use {{from: label.NAME}}, and pattern, max_length or default beside it",
    ja="{name}: {{from: label.NAME}} の形式で指定してください (pattern、max_length、default を併記できます)",
)
CALL = Template(en="{method} to the endpoint {name}", ja="エンドポイント {name} への {method}")
WOULD_CALL = Template(
    en="would send {method} to the endpoint {name} ({url})",
    ja="エンドポイント {name} ({url}) に {method} を送信する予定",
)
CALLED = Template(en="sent {method} to the endpoint {name}", ja="エンドポイント {name} に {method} を送信")
MAYBE_CALLED = Template(
    en="{method} to the endpoint {name} may have taken effect: its response was lost, and the endpoint is not declared repeatable",
    ja="エンドポイント {name} への {method} は処理された可能性があります (応答が失われ、繰り返し可能と宣言されていないため再送しません)",
)

# Runs.
WOULD_RUN = Template(
    en="would run {script}{place}: {line} (time limit {limit}){secrets}",
    ja="{script} を実行する予定{place}: {line} (制限時間 {limit}){secrets}",
)
WITH_SECRETS = Template(en=" with the secrets {names}", ja=" (シークレット: {names})")
NOT_IN_FUNCTION = Text(
    en="a function runs scripts as Cloud Run jobs: set HINOMI_SCRIPT_LOCATION",
    ja="関数ではスクリプトを Cloud Run ジョブとして実行します。HINOMI_SCRIPT_LOCATION を設定してください",
)
LOCATION_FORM = Template(
    en="HINOMI_SCRIPT_LOCATION is '{value}': use projects/PROJECT/locations/REGION",
    ja="HINOMI_SCRIPT_LOCATION の値 '{value}' は無効です。projects/PROJECT/locations/REGION の形式で指定してください",
)
WOULD_RUN_JOB = Template(
    en="would run {script} as the Cloud Run job {job}: {line} (time limit {limit}){secrets}",
    ja="{script} を Cloud Run ジョブ {job} として実行する予定: {line} (制限時間 {limit}){secrets}",
)
STARTED_JOB = Template(
    en="started {script} as the Cloud Run job {job}", ja="{script} を Cloud Run ジョブ {job} として開始"
)
RUN_JOB = Template(en="run the Cloud Run job {job}", ja="Cloud Run ジョブ {job} の実行")
LIST_EXECUTIONS = Template(
    en="list the executions of the Cloud Run job {job}", ja="Cloud Run ジョブ {job} の実行の一覧取得"
)
NO_EXECUTION = Template(
    en="the Cloud Run job {job} has no execution of this run", ja="Cloud Run ジョブ {job} にこの実行が見つかりません"
)
STILL_RUNNING = Text(en="it is still running", ja="実行中")
WAITS_FOR_LOG = Text(
    en="the script has ended; its output is not in the log yet", ja="終了済み。出力はまだログに届いていません"
)
JOB_SUCCEEDED = Text(en="it succeeded", ja="成功")
JOB_FAILED = Template(en="it failed: {ending}", ja="失敗: {ending}")
AT_TIME_LIMIT = Text(en="killed at its time limit", ja="制限時間で強制終了")
RUN = Template(en="run the script {script}", ja="スクリプト {script} の実行")
RAN = Template(en="{script} succeeded", ja="{script} が成功")
FAILED = Template(en="{script} failed after {seconds}: {exit}", ja="{script} が失敗 ({seconds}): {exit}")
TIMED_OUT = Template(en="{script} was killed at its time limit of {limit}", ja="{script} を制限時間 {limit} で強制終了")
STOPPED = Template(
    en="{script} was stopped: another worker has the run, or this worker is stopping",
    ja="{script} を中断: 別のワーカーが処理を引き継いだか、このワーカーが終了するため",
)
MAYBE_RAN = Template(
    en="{script} may have run: its worker stopped meanwhile, and it is not declared idempotent. Check by hand what it changed",
    ja="{script} は実行済みの可能性があります (ワーカーが途中で停止し、idempotent ではないため再実行しません)。変更の有無を確認してください",
)
NOT_STARTED = Template(en="{script} cannot be started: {reason}", ja="{script} を開始できません: {reason}")
EXIT = Template(en="exit code {code}", ja="終了コード {code}")
EXIT_126 = Text(
    en="exit code 126, a command of the script is not executable",
    ja="終了コード 126 (スクリプト内のコマンドに実行権限がありません)",
)
EXIT_127 = Text(
    en="exit code 127, a command of the script does not exist",
    ja="終了コード 127 (スクリプト内のコマンドが存在しません)",
)
EXIT_137 = Text(
    en="exit code 137, a process of the script was killed (SIGKILL, often because memory ran out)",
    ja="終了コード 137 (スクリプトのプロセスが強制終了されました。多くはメモリ不足)",
)
EXIT_SIGNAL = Template(
    en="exit code {code}, a process of the script ended by signal {signal}",
    ja="終了コード {code} (スクリプトのプロセスがシグナル {signal} で終了)",
)
BY_SIGNAL = Template(en="ended by signal {signal}", ja="シグナル {signal} で終了")
OMITTED = Template(en="… {count} characters omitted …", ja="… {count} 文字を省略 …")
