"""Texts about data quality checks."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

TITLES: Mapping[str, Text] = {
    "failed": Text(en="Data quality check failed", ja="データ品質チェックの不合格"),
    "warned": Text(en="Data quality check warns", ja="データ品質チェックの警告"),
    "error": Text(en="Data quality check could not run", ja="データ品質チェックの実行失敗"),
}
SUBJECT = Template(en="{check} of {subject}", ja="{subject} の {check}")
MEASURED = Template(en="{summary}: {value} (expected {expected})", ja="{summary}: {value} (期待値 {expected})")
VALUE = Template(en="{summary}: {value}", ja="{summary}: {value}")
WITH_MESSAGE = Template(en="{summary} ({message})", ja="{summary} ({message})")
PASSED = Template(en="Check {check} of {subject} passed", ja="{subject} のチェック {check} が合格")

SEE_HISTORY = Text(
    en="See the last results of this check: one bad load, or slowly worse?",
    ja="このチェックの直近の結果を確認します。一度のロードの不備か、徐々に悪化しているかを見ます。",
)
SEE_ERROR = Text(
    en="See the error and when the check last ran: until it runs, nobody checks this table.",
    ja="エラーと最後に実行できた日時を確認します。実行できるまで、このテーブルは検査されません。",
)
SEE_LOAD = Text(
    en="See whether the table was updated on time, and with how many rows.",
    ja="テーブルが予定どおり更新されたか、行数はいつもどおりかを確認します。",
)
STOP_DOWNSTREAM = Text(
    en="Decide whether downstream may use the table; stop its readers if not, and run the check again after the repair.",
    ja="下流での使用可否を判断します。不可であれば後続を止め、修復後にチェックを再実行します。",
)

STATES: Mapping[str, Text] = {
    "passed": Text(en="passed", ja="合格"),
    "warned": Text(en="warned", ja="警告"),
    "failed": Text(en="failed", ja="不合格"),
    "error": Text(en="could not run", ja="実行失敗"),
    "skipped": Text(en="skipped", ja="スキップ"),
}
