"""Texts of `hinomi rules`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

WARNING = Template(en="warning: {warning}", ja="警告: {warning}")
WARNING_AT = Template(en="{place}: warning: {warning}", ja="{place}: 警告: {warning}")
RULES = Plural(one="{count} rule", many="{count} rules", ja="{count} 個のルール")
LOAD_CHECKS = Plural(one="{count} load check", many="{count} load checks", ja="{count} 個の負荷チェック")
EXAMPLES = Plural(one="{count} example", many="{count} examples", ja="{count} 個の例")
VALID = Template(en="{rules} and {load_checks} are valid", ja="{rules}と {load_checks}に誤りはありません")
TESTED = Template(
    en="{examples} of {rules}, {failed} failed", ja="{rules}の {examples}をテストしました (失敗 {failed} 個)"
)
COMPILED = Template(en="{path}: {rules}, {size} KiB", ja="{path}: {rules}、サイズ {size} KiB")
NO_SCHEMA = Template(en="there is no schema '{name}'{suggestion}", ja="スキーマ '{name}' はありません{suggestion}")
USE_ONE_OF = Template(en=": use {names}", ja=": {names} を指定してください")

RULE = Text(en="rule", ja="検知ルール")
KIND = Text(en="kind", ja="種類")
LEVEL = Text(en="level", ja="重大度")
TITLE = Text(en="title", ja="タイトル")

# Sink filters.
CANNOT_BE_WRITTEN = Template(en="cannot be written: {error}", ja="書き込めません: {error}")
WRITTEN = Plural(
    one="{file}: {count} rule, {characters} characters",
    many="{file}: {count} rules, {characters} characters",
    ja="{file}: {count} 個のルール、{characters} 文字",
)
MEASURED = Plural(
    one="{passed} of {count} entry ({share}) and {passed_bytes} of {bytes} ({share_of_bytes}) would be exported, "
    "in {messages}; {own} are Hinomi's own",
    many="{passed} of {count} entries ({share}) and {passed_bytes} of {bytes} ({share_of_bytes}) would be exported, "
    "in {messages}; {own} are Hinomi's own",
    ja="{count} 件中 {passed} 件のエントリ ({share})、{bytes} 中 {passed_bytes} ({share_of_bytes}) が {messages}で"
    "エクスポートされます。うち Hinomi 自身のものは {own} 件です",
)
MESSAGES = Plural(one="{count} message", many="{count} messages", ja="{count} 件のメッセージ")
EXPORTED_FOR = Text(en="exported for", ja="エクスポートの対象ルール")
ENTRIES = Text(en="entries", ja="エントリ数")
OF_ALL = Text(en="of all", ja="割合")
BYTES = Text(en="bytes", ja="サイズ")

# `hinomi rules explain`.
ENTRY_OF = Template(en="entry {number}: {what}", ja="エントリ {number}: {what}")
MATCHES_ENTRY = Template(en="{rule} matches", ja="{rule} に一致")
DOES_NOT_MATCH = Plural(
    one="{rule} does not match: {count} of {total} conditions failed",
    many="{rule} does not match: {count} of {total} conditions failed",
    ja="{rule} に一致しません: {total} 件の条件のうち {count} 件が不成立",
)
NOT_EVALUATED = Template(en="{rule} is not evaluated: {why}", ja="{rule} は評価されません: {why}")
COUNTED_BY = Template(
    en="its matches are counted by {correlation}: {limit} within {span}",
    ja="一致は {correlation} で集計 ({span}以内に {limit} 件)",
)
USES_EARLIER = Text(
    en="missing fields are taken from earlier entries of the resource, which this command does not read",
    ja="エントリにないフィールドは同じリソースの以前のエントリから補われますが、このコマンドは以前のエントリを読みません",
)
FAILS = Text(en="failed", ja="不成立")
HOLDS = Text(en="true", ja="成立")
NOTHING = Text(en="", ja="")
ALL_OF = Text(en="all of these", ja="次のすべて")
ONE_OF = Text(en="one of these", ja="次のいずれか")
OR = Text(en=" or ", ja=" または ")
NONE_OF = Text(en="none of these", ja="次のいずれでもない")
NOT = Template(en="not: {condition}", ja="否定: {condition}")
FIELD = Template(en="{path} {test}", ja="{path} {test}")
EXISTS = Template(en="{path} exists", ja="{path} がある")
IS_MISSING = Template(en="{path} is missing", ja="{path} がない")
SAME_AS = Template(en="{path} is the value of {other}", ja="{path} が {other} の値と同じ")
TEXT_TESTS: Mapping[str, Template] = {
    "is": Template(en="is {values}", ja="が {values}"),
    "starts": Template(en="starts with {values}", ja="が {values} で始まる"),
    "ends": Template(en="ends with {values}", ja="が {values} で終わる"),
    "contains": Template(en="contains {values}", ja="が {values} を含む"),
}
ORDERS: Mapping[str, str] = {"eq": "=", "gt": ">", "gte": "≥", "lt": "<", "lte": "≤"}
MATCHES = Template(en="matches {pattern}", ja="が {pattern} に一致")
IN_NETWORK = Template(en="is in {network}", ja="が {network} に含まれる")
AGENTS: Mapping[str, Text] = {
    "monitored": Text(en="is an agent of a monitored project", ja="が監視対象のプロジェクトのサービスエージェント"),
    "other": Text(
        en="is an agent of a project that is not monitored", ja="が監視対象外のプロジェクトのサービスエージェント"
    ),
}
BLOCKS: Mapping[str, Template] = {
    "any": Template(en="an element of {path} has all of these", ja="{path} のいずれかの要素が次のすべてを満たす"),
    "all": Template(en="every element of {path} has all of these", ja="{path} のすべての要素が次のすべてを満たす"),
    "all_or_empty": Template(
        en="every element of {path}, if there is one, has all of these", ja="{path} の要素があれば、すべてが次を満たす"
    ),
    "none": Template(en="no element of {path} has all of these", ja="{path} のどの要素も次のすべては満たさない"),
}
FOUND = Template(en="found {values}", ja="値は {values}")
FIELD_MISSING = Text(en="the field is missing", ja="フィールドなし")
ELEMENTS = Plural(one="{count} element", many="{count} elements", ja="要素 {count} 件")
NEAREST_ELEMENT = Plural(
    one="{count} element", many="nearest of {count} elements", ja="要素 {count} 件のうち最も近いもの"
)
MORE = Template(en="{count} more", ja="ほか {count} 件")
FOREIGN_LOG = Template(
    en="the log {log} belongs to another project, folder or organization than the resource",
    ja="ログ {log} はリソースとは別のプロジェクト、フォルダ、組織のもの",
)
NO_AUDIT_LOG = Text(
    en="the rule reads audit logs, but the entry belongs to another log",
    ja="監査ログのルールですが、エントリは監査ログではありません",
)
AUDIT_LOG = Text(
    en="the rule reads platform logs, but the entry is an audit log entry",
    ja="監査ログ以外のルールですが、エントリは監査ログです",
)
OWN_ENTRY = Text(
    en="the entry is a log line or a declared call of Hinomi itself, which no rule evaluates",
    ja="エントリは Hinomi 自身のログまたは宣言済みの呼び出しであり、どのルールの対象でもありません",
)
NO_NEAR_RULE = Text(
    en="No rule has a condition that is true for the entry.", ja="条件が 1 つでも成立するルールはありません。"
)
NO_LOG_ENTRY = Text(
    en="not a log entry: only log entries are compared with rules",
    ja="ログエントリではありません。ルールと比較できるのはログエントリのみです",
)
NO_SUCH_RULE = Template(
    en="no detection rule is named '{name}'{suggestion}", ja="検知ルール '{name}' はありません{suggestion}"
)
RULE_AND_ENTRY = Text(
    en="name a rule and a file with log entries, or only the file for the nearest rules",
    ja="ルールとログエントリのファイルを指定してください。ファイルのみの場合は最も近いルールを表示します",
)
NO_ENTRIES = Template(en="No log entries in {file}.", ja="{file} にログエントリはありません。")
MORE_ENTRIES = Plural(
    one="Only the first entry is explained: use --limit for more.",
    many="Only the first {count} entries are explained: use --limit for more.",
    ja="先頭の {count} 件のエントリのみ説明しました。--limit で増やせます。",
)

DESCRIBED = Template(en="{name}: {title}\n  {text}\n", ja="{name}: {title}\n  {text}\n")
NO_SUCH_RULES = Template(
    en="no rule is named {names}{suggestion}", ja="{names} に一致するルールはありません{suggestion}"
)
LIST_RULES = Text(en=": `hinomi rules list` shows the names", ja=": 名前は `hinomi rules list` で確認できます")
