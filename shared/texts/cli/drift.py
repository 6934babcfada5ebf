"""Texts of `hinomi access drift`."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

UNKNOWN = Text(
    en="Access is unknown: no snapshot had read policies by then.",
    ja="アクセス権は不明です。その時点までにポリシーを収集したスナップショットがありません。",
)
AS_INTENDED = Text(
    en="Access is as intended, as far as known.", ja="わかっている範囲では、アクセス権はマップどおりです。"
)
UNINTENDED = Plural(
    one="{count} grant that no persona explains: {severities}.",
    many="{count} grants that no persona explains: {severities}.",
    ja="想定外の権限付与 {count} 件: {severities}。",
)
UNINTENDED_IN_LINES = Plural(
    one="{count} grant that no persona explains in {lines}: {severities}.",
    many="{count} grants that no persona explains in {lines}: {severities}.",
    ja="想定外の権限付与 {count} 件 ({lines}): {severities}。",
)
LINES = Plural(one="{count} line", many="{count} lines", ja="{count} 行")
COUNT_OF_SEVERITY = Template(en="{count} {severity}", ja="{severity} {count} 件")
WITHOUT_ACCESS = Plural(
    one="{count} member of personas without their intended access.",
    many="{count} members of personas without their intended access.",
    ja="必要なアクセス権が不足しているペルソナのメンバー {count} 件。",
)
MORE_LINES = Plural(
    one="and {count} more line: --all shows them",
    many="and {count} more lines: --all shows them",
    ja="ほか {count} 行 (--all ですべて表示)",
)

NUMBER = Text(en="#", ja="#")
SEVERITY = Text(en="severity", ja="重大度")
WHO = Text(en="who", ja="プリンシパル")
HAS = Text(en="has", ja="ロールと対象")
WHY = Text(en="why it matters", ja="問題となる理由")
WHY_NOT_LISTED = Text(en="why not listed", ja="一覧に含めない理由")
PERSONA = Text(en="persona", ja="ペルソナ")
MEMBER = Text(en="member", ja="メンバー")
MISSING = Text(en="missing", ja="不足")
ON = Text(en="on", ja="対象")

SINCE = Template(en="since {day}", ja="{day} から")
SINCE_BY = Template(en="since {day} by {who}", ja="{day} から (付与者 {who})")
FIRST_SEEN = Template(en="first seen {day}", ja="{day} に初めて確認")
FIRST_SEEN_BY = Template(en="first seen {day} by {who}", ja="{day} に初めて確認 (付与者 {who})")
ON_FIRST = Template(en="on {name}", ja="{name}")
AND_MORE = Template(en="and {count} more", ja="ほか {count} 件")
USED_ON = Template(en="used on {day}", ja="{day} に使用")
USED = Text(en="used", ja="使用済み")
UNUSED = Text(en="unused", ja="未使用")
USE_UNKNOWN = Text(en="use unknown", ja="使用状況は不明")

TO_REVOKE = Text(
    en="To revoke them (Hinomi runs none of these commands):", ja="取り消すコマンド (Hinomi は実行しません):"
)
NO_COMMAND = Template(
    en="{name}: no single command revokes this grant; edit the policy in the console",
    ja="{name}: 1 つのコマンドでは取り消せません。コンソールでポリシーを編集してください",
)
MORE_COMMANDS = Template(en="and {count} more: --json lists all", ja="ほか {count} 件 (--json ですべて表示)")
OF_LAYER = Template(en="{count} of {total} in {layer}:", ja="{layer} 層の {total} 件中 {count} 件:")
UNCERTAIN = Template(en="uncertain because of {reason}", ja="確実ではありません (理由: {reason})")
INTENDED_FOR = Template(en="intended for {persona}", ja="ペルソナ {persona} に該当")
BASELINE = Template(en="a grant {why}", ja="{why}")
INTENDED = Plural(
    one="{count} grant as intended.", many="{count} grants as intended.", ja="想定内の権限付与 {count} 件。"
)
BASELINE_COUNT = Plural(one="{count} grant {why}", many="{count} grants {why}", ja="{why} {count} 件")
AND = Text(en="; ", ja="、")
ALSO = Template(en="Also: {counts}.", ja="そのほか: {counts}。")
NOT_LISTED = Template(
    en="Not listed: {counts}. --all lists them.", ja="一覧に含めないもの: {counts}。--all で表示します。"
)
