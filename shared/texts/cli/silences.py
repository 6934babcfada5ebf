"""Texts of `hinomi silences`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

NO_RULE_MATCHES = Template(
    en="no rule matches '{pattern}'{suggestion}", ja="'{pattern}' に一致するルールはありません{suggestion}"
)
NO_SERVICE_MATCHES = Template(
    en="no service matches '{pattern}'{suggestion}", ja="'{pattern}' に一致するサービスはありません{suggestion}"
)
SHOW_RULES = Text(en=": `hinomi rules list` shows the names", ja=": 名前は `hinomi rules list` で確認できます")

ACTIVE = Template(
    en="silence {id} is active for {duration}: {matcher}", ja="サイレンス {id} を {duration}有効にしました: {matcher}"
)
STARTS_LATER = Template(
    en="silence {id} starts at {at} for {duration}: {matcher}",
    ja="サイレンス {id} は {at} から {duration}有効になります: {matcher}",
)
RECURS = Template(
    en="silence {id} is active every {windows}, next from {begin}, until {end}: {matcher}",
    ja="サイレンス {id} は {windows} に有効です (次回 {begin}、{end} まで): {matcher}",
)
FOR_MISSING = Text(
    en="use --for, such as --for 2h, or --every, such as --every 'sun 02:00-04:00'",
    ja="--for (例: --for 2h) または --every (例: --every 'sun 02:00-04:00') を指定してください",
)
EXPIRES_SOON = Template(
    en="WARNING: silence {id} expires {when}: {reason}", ja="警告: サイレンス {id} は{when}に終了します: {reason}"
)
MATCHING = Plural(
    one="It matches {count} unresolved incident now.",
    many="It matches {count} unresolved incidents now.",
    ja="現在、未復旧のインシデント {count} 件に一致します。",
)
NO_INCIDENT_HAS = Template(
    en="No incident has the {property} '{name}'.", ja="{property}が '{name}' のインシデントはありません。"
)
NO_SILENCES = Text(en="No silences.", ja="サイレンスはありません。")
NO_ACTIVE_SILENCES = Text(en="No active silences.", ja="有効なサイレンスはありません。")
NOT_ACTIVE = Template(
    en="no active silence {id}: `hinomi silences list` shows the active ones",
    ja="有効なサイレンス {id} はありません。`hinomi silences list` で確認できます",
)
EXTENDED = Template(en="silence {id} now expires at {at}", ja="サイレンス {id} の終了を {at} に延長しました")
EXPIRED = Template(en="silence {id} has expired", ja="サイレンス {id} を終了しました")
SEVERITY_OR_ABOVE = Template(en="severity {severity} or above", ja="重大度 {severity}以上")
PROPERTY_IS = Template(en="{name} {patterns}", ja="{name} {patterns}")
LABEL_IS = Template(en="label {label}={patterns}", ja="ラベル {label}={patterns}")
PROPERTIES: Mapping[str, Text] = {
    "kind": Text(en="kind", ja="種類"),
    "service": Text(en="service", ja="サービス"),
    "rule": Text(en="rule", ja="ルール"),
    "resource": Text(en="resource", ja="リソース"),
    "principal": Text(en="principal", ja="プリンシパル"),
    "project": Text(en="project", ja="プロジェクト"),
    "layer": Text(en="layer", ja="層"),
}
INVALID_LABEL = Template(
    en="invalid label '{label}': use NAME=PATTERN, such as dag=etl-*",
    ja="ラベル '{label}' が無効です: NAME=PATTERN の形式 (例: dag=etl-*) で指定してください",
)
REGULAR_EXPRESSION = Template(
    en="'{pattern}' looks like a regular expression: use a shell pattern, such as etl-* or *-daily",
    ja="'{pattern}' は正規表現のようです。シェル形式のパターン (例: etl-*、*-daily) で指定してください",
)
NOTHING_TO_MATCH = Text(
    en="a silence needs at least one of --kind, --service, --rule, --resource, … (see 'hinomi silences add --help')",
    ja="--kind、--service、--rule、--resource などを 1 つ以上指定してください ('hinomi silences add --help' を参照)",
)
STARTS_TOO_LATE = Template(
    en="--starts {time} is more than a year ahead: add the silence later",
    ja="--starts {time} は 1 年以上先です。後で追加してください",
)
TOO_LONG = Template(
    en="--for {duration} is longer than a year: remove or disable the handler rule instead",
    ja="--for {duration} は 1 年を超えています。代わりにハンドラールールを削除または無効にしてください",
)

WIDE = Text(en="more than one service", ja="複数のサービス")
LONG = Template(en="{days} days", ja="{days} 日間")
CONFIRM = Template(
    en="this silence mutes {reasons}: narrow it, or confirm it with --yes",
    ja="このサイレンスは{reasons}にわたります。範囲を絞るか、--yes で確認してください",
)
WHOLE_SERVICE = Template(
    en="WARNING: this silence mutes every resource of {service}.",
    ja="警告: このサイレンスは {service} のすべてのリソースに一致します。",
)
WOULD_HAVE_MUTED = Plural(
    one="It would have muted {count} of {total} incidents since {date}.",
    many="It would have muted {count} of {total} incidents since {date}.",
    ja="{date} 以降のインシデント {total} 件のうち {count} 件に一致します。",
)
MUTES_MUCH = Template(
    en="WARNING: silence {id} mutes {reasons}: {matcher}", ja="警告: サイレンス {id} は{reasons}にわたります: {matcher}"
)

ID = Text(en="id", ja="ID")
STATE = Text(en="state", ja="状態")
EXPIRES = Text(en="expires", ja="終了")
MUTED = Text(en="muted", ja="停止件数")
MATCHES = Text(en="matches", ja="条件")
REASON = Text(en="reason", ja="理由")
OWNER = Text(en="owner", ja="責任者")
STATE_EXPIRED = Text(en="expired", ja="終了")
STATE_ACTIVE = Text(en="active", ja="有効")
STATE_PLANNED = Template(en="starts {when}", ja="{when}に開始")
