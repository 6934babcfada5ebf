"""Texts about data quality checks."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

TITLES: Mapping[str, Text] = {
    "failed": Text(en="Data quality check failed", ja="データ品質チェックの不合格"),
    "warned": Text(en="Data quality check warns", ja="データ品質チェックの警告"),
    "error": Text(en="Data quality check could not run", ja="データ品質チェックの実行失敗"),
}
# What collectors and converters write about the values that a check allows, before the limit.
_ALLOWED: Mapping[str, Template] = {
    "at least ": Template(en="at least {limit}", ja="{limit} 以上"),
    "more than ": Template(en="more than {limit}", ja="{limit} より大きい"),
    "at most ": Template(en="at most {limit}", ja="{limit} 以下"),
    "less than ": Template(en="less than {limit}", ja="{limit} 未満"),
    "not ": Template(en="not {limit}", ja="{limit} でない"),
}


def allowed(stored: str) -> Text:
    """The limit of a check, as stored (`at least 1000`), in the reader's language; a text of the tool itself is unchanged."""
    for words, phrase in _ALLOWED.items():
        if stored.startswith(words):
            return phrase(limit=stored.removeprefix(words).strip())
    return Text.verbatim(stored)


SUBJECT = Template(en="{check} of {subject}", ja="{subject} の {check}")
MEASURED = Template(en="{summary}: {value} (expected {expected})", ja="{summary}: {value} (期待値 {expected})")
VALUE = Template(en="{summary}: {value}", ja="{summary}: {value}")
WITH_MESSAGE = Template(en="{summary} ({message})", ja="{summary} ({message})")
PASSED = Template(en="Check {check} of {subject} passed", ja="{subject} のチェック {check} が合格")

SEE_HISTORY = Text(
    en="See the last results of this check: one bad load, or a gradual decline?",
    ja="このチェックの直近の結果を確認します。一度のロードの不備か、徐々に悪化しているかを見ます。",
)
SEE_ERROR = Text(
    en="See the error and the last run of the check: until the check runs, problems of this table are not detected.",
    ja="エラーと最後に実行できた日時を確認します。実行できるまで、このテーブルは検査されません。",
)
SEE_LOAD = Text(
    en="See whether the table was updated on time, and with how many rows.",
    ja="テーブルが予定どおり更新されたか、行数はいつもどおりかを確認します。",
)
STOP_DOWNSTREAM = Text(
    en="Decide whether downstream jobs may use the table; stop them if not, and run the check again after the repair.",
    ja="下流での使用可否を判断します。不可であれば後続を止め、修復後にチェックを再実行します。",
)

STATES: Mapping[str, Text] = {
    "passed": Text(en="passed", ja="合格"),
    "warned": Text(en="warned", ja="警告"),
    "failed": Text(en="failed", ja="不合格"),
    "error": Text(en="could not run", ja="実行失敗"),
    "skipped": Text(en="skipped", ja="スキップ"),
}
