"""Texts of `hinomi access`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

# Messages.
FROM_AFTER_TO = Text(en="FROM must be before TO", ja="FROM には TO より前の日時を指定してください")
NO_MAP = Text(
    en="no platform map: set HINOMI_PLATFORM_FILE or use --map; `hinomi platform init` drafts one",
    ja="プラットフォームマップがありません。HINOMI_PLATFORM_FILE を設定するか --map を指定してください。"
    "`hinomi platform init` で下書きを作成できます",
)
NO_PRINCIPAL = Text(
    en="use an e-mail address, a domain, or a member such as group:team@example.com",
    ja="メールアドレス、ドメイン、または group:team@example.com のようなメンバーを指定してください",
)
NO_CHANGE = Text(
    en="No grant changed between these times, as far as the snapshots show.",
    ja="スナップショットでわかる範囲では、この期間に変更された権限付与はありません。",
)
UNKNOWN_ACCESS = Text(en="No grants found.", ja="アクセス権の記録がありません。")
NOBODY = Text(
    en="Nobody, as far as the snapshots show.",
    ja="スナップショットでわかる範囲では、アクセス権を持つプリンシパルはありません。",
)
NO_ACCESS = Text(
    en="No access, as far as the snapshots show.", ja="スナップショットでわかる範囲では、アクセス権はありません。"
)
NOTE = Template(en="Note: {note}.", ja="注意: {note}。")
MORE_LINES = Template(
    en="and {count} more lines like these: --json lists all", ja="ほか {count} 行 (--json ですべて表示)"
)
SNAPSHOT = Template(
    en="{scope}: complete snapshot at {time} ({zone}).", ja="{scope}: {time} ({zone}) の完全なスナップショット。"
)
SNAPSHOTS = Template(
    en="{scope}: complete snapshots from {first} to {last} ({zone}).",
    ja="{scope}: {first} ～ {last} ({zone}) の完全なスナップショット。",
)

# Headings.
WHO = Text(en="who", ja="プリンシパル")
ROLE = Text(en="role", ja="ロール")
ON = Text(en="on", ja="対象")
SINCE_IN = Template(en="since ({zone})", ja="付与日時 ({zone})")
WHEN_IN = Template(en="when ({zone})", ja="日時 ({zone})")
USE = Text(en="use", ja="使用状況")
CHANGE = Text(en="change", ja="変更")

# Cells.
THROUGH = Template(en="through {name}", ja="{name} 経由")
ONLY_IF = Template(en="only if {condition}", ja="条件: {condition}")
NOT_IN_EFFECT = Text(en="not in effect", ja="無効 (条件が不成立)")
CONDITIONAL = Text(en="conditional", ja="条件付き")
INHERITED = Text(en="(inherited)", ja="(継承)")
FIRST_SEEN = Template(en="first seen {time}", ja="{time} に初めて確認")
BY = Template(en="by {who}", ja="付与者 {who}")
SINCE = Template(en="since {time}", ja="{time} から")
SINCE_BY = Template(en="since {time} by {who}", ja="{time} から (付与者 {who})")
UNTIL = Template(en="{since}, until {time}", ja="{since}、{time} まで")
UNTIL_BY = Template(en="{since}, until {time} by {who}", ja="{since}、{time} まで (取り消し {who})")
CHANGES: Mapping[str, Text] = {
    "granted": Text(en="granted", ja="付与"),
    "revoked": Text(en="revoked", ja="取り消し"),
    "temporary": Text(en="temporary", ja="一時的な付与"),
    "regranted": Text(en="regranted", ja="再付与"),
}

# Unused grants.
MORE_GRANTS = Template(en="and {count} more: --format csv lists all", ja="ほか {count} 件 (--format csv ですべて出力)")
OF_GRANTS = Plural(
    one="Of {count} grant: {counts}.", many="Of {count} grants: {counts}.", ja="権限付与 {count} 件: {counts}。"
)
COUNT_OF_USE = Template(en="{count} {use}", ja="{use} {count} 件")
EVIDENCE = Template(en="Period examined: {since} to {until}.", ja="使用状況を調べた期間: {since} ～ {until}。")
UNKNOWN_BECAUSE = Template(en="{count} unknown: {reason}", ja="不明 {count} 件: {reason}")
LIMIT = Template(en="Limit: {limit}.", ja="制約: {limit}。")
NONE_UNUSED = Plural(
    one="No grant is known to be unused for {count} day.",
    many="No grant is known to be unused for {count} days.",
    ja="過去 {count} 日間使用されていないと確認できた権限付与はありません。",
)
REPORT_TITLE = Text(en="Unused grants", ja="未使用の権限付与")
AS_OF = Template(
    en="As of {at}. Period examined: {since} to {until}.",
    ja="{at} 時点。使用状況を調べた期間: {since} ～ {until}。",
)
GRANTS = Text(en="grants", ja="件数")
UNKNOWN_AND_WHY = Text(en="Unknown, and why", ja="不明の理由")
FIRST_REASON = Text(en="the first reason", ja="最初の理由")
GRANTS_TITLE = Text(en="Grants", ja="権限付与")
LIMITS_TITLE = Text(en="Limits", ja="制約")
PRINCIPAL = Text(en="principal", ja="プリンシパル")
SINCE_COLUMN = Text(en="since", ja="付与日")
CONDITION = Text(en="condition", ja="条件")
WHY = Text(en="why", ja="理由")
