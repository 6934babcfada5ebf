"""The section of reports about data quality."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

TITLE = Text(en="Data quality", ja="データ品質")
CHECK = Text(en="Check", ja="チェック")
TABLE = Text(en="Table", ja="テーブル")
FAILED = Text(en="Did not pass", ja="不合格")
STATE = Text(en="At the end", ja="期間末の状態")
ALL_PASSED = Plural(
    one="The check passed.", many="All {count} checks passed.", ja="{count} 件のチェックはすべて合格でした。"
)
FAILED_OF = Template(
    en="{failed} of {count} checks, tables affected at the end: {tables}",
    ja="{count} 件中 {failed} 件、期間末に影響のあるテーブル: {tables}",
)
# By whether the check does not pass at the end, and whether it passed and failed in turns.
STATES = {
    (True, False): Text(en="fails", ja="不合格"),
    (True, True): Text(en="fails, unstable", ja="不合格 (不安定)"),
    (False, False): Text(en="passes again", ja="合格に回復"),
    (False, True): Text(en="passes again, unstable", ja="合格に回復 (不安定)"),
}
