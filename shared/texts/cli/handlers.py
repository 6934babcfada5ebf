"""Texts of `hinomi handlers`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

NONE_APPLIED = Text(
    en="No handler rules are applied: run `hinomi handlers apply`.",
    ja="適用されているハンドラールールはありません。`hinomi handlers apply` を実行してください。",
)
NOTHING_TO_TEST = Text(
    en="no handler rule is applied: run `hinomi handlers apply`, or test a file with --rules",
    ja="適用されているハンドラールールがありません。`hinomi handlers apply` を実行するか、--rules でファイルを指定してください",
)
NO_RUNS = Text(en="No action has run.", ja="実行されたアクションはありません。")
NO_RUNS_OF = Template(
    en="No action has run for incident {id}.", ja="インシデント {id} に対して実行されたアクションはありません。"
)
NO_INCIDENT = Template(
    en="no incident {id}: `hinomi incidents list` shows all",
    ja="インシデント {id} はありません。`hinomi incidents list` で確認できます",
)
NOTHING_DETECTED = Text(
    en="no detection rule matches anything in it, so there is nothing to handle",
    ja="検知ルールに一致するものがないため、対応するものがありません",
)
NO_TARGET = Text(en="neither the id of an incident nor a file", ja="インシデントの ID でもファイルでもありません")
IN_ENTRY = Template(en="entry {number}: {error}", ja="エントリ {number}: {error}")
NO_FINDING = Template(
    en="not a finding of `hinomi analyze --json`: {error}",
    ja="`hinomi analyze --json` の検知結果ではありません: {error}",
)

DISABLED = Template(en="{name} (disabled)", ja="{name} (無効)")
WHEN = Text(en="when", ja="契機")
FOR = Text(en="for", ja="対象")
EVERYTHING = Text(en="everything", ja="すべて")
DOES = Text(en="does", ja="アクション")
DOES_HOW = Template(en="{action}: {how}", ja="{action}: {how}")
WITH = Text(en="with", ja="パラメータ")
COOLDOWN = Template(en="every {duration} at most", ja="最短 {duration}間隔")
BUDGET = Template(en="{count} an hour", ja="1 時間に {count} 回まで")

CHANGE_OF = Template(en="{rule} {trigger}: {summary}", ja="{rule} ({trigger}): {summary}")
RUNS = Text(en="runs", ja="実行する")
DOES_NOT_RUN = Text(en="does not run", ja="実行しない")
INCIDENT = Template(en="incident {id}", ja="インシデント {id}")
STATE_AND_MODE = Template(en="{state} ({mode})", ja="{state} ({mode})")
RUN_OF = Template(en="{rule} on {trigger}, {age}", ja="{rule} ({trigger})、{age}")
WAITS_FOR = Template(en="waits for {target}", ja="{target} の実行待ち")
NOT_SHIPPED = Template(en="no shipped {kind} matches '{pattern}'", ja="'{pattern}' に一致する同梱の{kind}はありません")
KINDS: Mapping[str, Text] = {
    "rule": Text(en="rule", ja="ルール"),
    "service": Text(en="service", ja="サービス"),
}
