"""Texts of the page Settings."""

from __future__ import annotations

from shared.texts import Plural, Text

TITLE = Text(en="Settings", ja="設定")
VERDICT = Plural(
    one="{count} setting differs from its default.",
    many="{count} settings differ from their defaults.",
    ja="既定値と異なる設定は {count} 件です。",
)
ABOUT = Text(
    en="Values that could contain a password are shown as <secret>. Change settings with deploy.sh --settings, or in the environment.",
    ja="パスワードを含む可能性のある値は <secret> と表示します。変更は deploy.sh --settings または環境変数で行ってください。",
)
SEARCH = Text(en="Variable, value or meaning", ja="変数、値、説明")
FOUND = Plural(
    one="{count} matching setting.", many="{count} matching settings.", ja="条件に一致する設定は {count} 件です。"
)
ALL = Text(en="All settings", ja="すべての設定")
SET = Text(en="Set here", ja="設定済み")
DEFAULT = Text(en="Defaults", ja="既定値")
VARIABLE = Text(en="Variable", ja="変数")
VALUE = Text(en="Value", ja="値")
MEANING = Text(en="Meaning", ja="説明")
EMPTY = Text(en="empty", ja="空")
