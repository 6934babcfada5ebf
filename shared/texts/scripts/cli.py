"""Output of `hinomi actions`."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

INVALID_NAME = Template(en="the name '{name}' is invalid: {form}", ja="名前 '{name}' は無効です。{form}")
EXISTS = Template(en="{folder} already exists", ja="{folder} はすでに存在します")
WRITTEN = Template(en="{file} written", ja="{file} を作成しました")
NEXT = Template(
    en="Fill them in, then run `hinomi actions check {name}` and `hinomi actions run {name}`.",
    ja="内容を記入してから、`hinomi actions check {name}` と `hinomi actions run {name}` を実行してください。",
)
NO_SCRIPTS = Template(
    en="No scripts in {folder}: `hinomi actions new NAME` writes one.",
    ja="{folder} にスクリプトはありません。`hinomi actions new NAME` で作成できます。",
)
UNTESTED = Template(en="{name} has no tests (tests.yaml)", ja="{name} にテスト (tests.yaml) がありません")
SCRIPTS = Plural(one="{count} script", many="{count} scripts", ja="スクリプト {count} 件")
TESTS = Plural(one="{count} test", many="{count} tests", ja="テスト {count} 件")
CHECKED = Template(en="{scripts} checked, {tests}, {failed} failed", ja="{scripts}を検査、{tests}、失敗 {failed} 件")
TEST_FAILED = Template(en="{place}: {name}: {problem}", ja="{place}: {name}: {problem}")
WOULD_RUN = Template(en="would run: {line}", ja="実行するコマンド: {line}")
USE_APPLY = Text(
    en="Nothing was run. Add --apply to run it.", ja="実行していません。実行するには --apply を付けてください。"
)
TIMED_OUT = Text(en="killed at its time limit", ja="制限時間で強制終了")
ENDED = Template(en="{name}: {ending} after {seconds}", ja="{name}: {ending} ({seconds})")
PAIR = Template(
    en="'{value}' is invalid: use NAME=VALUE", ja="'{value}' は無効です。NAME=VALUE の形式で指定してください"
)
TWICE = Template(en="'{name}' is set twice", ja="'{name}' が重複しています")

# The list.
DOES = Text(en="does", ja="内容")
COMMAND = Text(en="command", ja="コマンド")
SECRETS = Text(en="secrets", ja="シークレット")
PERMISSIONS = Text(en="permissions", ja="権限")
TIME_LIMIT = Text(en="time limit", ja="制限時間")
REPEATS = Text(en="repeats", ja="再実行")
UNDO = Text(en="undo", ja="取り消し")
IDEMPOTENT = Text(en="is retried if the result is unknown", ja="結果が不明な場合は再実行")
NOT_IDEMPOTENT = Text(en="is never retried automatically", ja="自動再実行なし")
FROM = Template(en="from {source}", ja="取得元 {source}")
DEFAULT = Template(en="default {value}", ja="既定値 {value}")
REQUIRED = Text(en="required", ja="必須")
NOT_SET = Template(en="{name} ({variable} is not set here)", ja="{name} ({variable} がこの環境では未設定)")

# `hinomi worker actions`.
GIVE_PARAMETER = Template(
    en="the parameter '{name}' needs a value: use --param {name}=VALUE, or --label NAME=VALUE for the labels of an incident",
    ja="パラメータ '{name}' の値が必要です。--param {name}=値 を指定するか、インシデントのラベルを --label 名前=値 で指定してください",
)
WORKER_READY = Template(
    en="Worker {worker} takes the runs of {scripts}.", ja="ワーカー {worker} が {scripts} の実行を受け付けます。"
)
WORKER_STOPPED = Template(en="Worker {worker} stopped.", ja="ワーカー {worker} を停止しました。")
NO_SCRIPTS_OF_WORKER = Template(
    en="no script in {folder} has `worker: {worker}` in its manifest",
    ja="{folder} に、マニフェストで `worker: {worker}` を指定したスクリプトがありません",
)
WORKER = Text(en="worker", ja="ワーカー")
