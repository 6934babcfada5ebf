"""Texts of `hinomi rules`."""

from __future__ import annotations

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
