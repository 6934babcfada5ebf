"""Texts of the page of data quality checks."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text
from shared.texts.quality import STATES
from shared.texts.quality import allowed as allowed_values

allowed = allowed_values  # templates call it
TITLE = Text(en="Data quality", ja="データ品質")
NO_CHECKS = Text(en="No results of checks yet.", ja="チェックの結果はまだありません。")
NO_CHECKS_MORE = Text(
    en="Send results of dbt, Great Expectations, Soda or your own checks: `hinomi report send FILE`.",
    ja="dbt、Great Expectations、Soda、独自のチェックの結果は `hinomi report send FILE` で送信します。",
)
FAILING = Plural(one="{count} check fails.", many="{count} checks fail.", ja="{count} 件のチェックが不合格です。")
WARNING = Plural(one="{count} check warns.", many="{count} checks warn.", ja="{count} 件は警告です。")
NOT_RUN = Plural(
    one="{count} check could not run.", many="{count} checks could not run.", ja="{count} 件は実行失敗です。"
)
ALL_PASS = Plural(
    one="{count} check, none fails.",
    many="None of {count} checks fails.",
    ja="{count} 件のチェックに不合格はありません。",
)
LAST = Template(en="Latest result {ago}.", ja="最新の結果: {ago}。")
SEARCH = Text(en="Search checks and tables", ja="チェックやテーブルを検索")
FILTER = Text(en="State", ja="状態")
ALL = Text(en="All", ja="すべて")
STATE = Text(en="State", ja="状態")
CHECK = Text(en="Check", ja="チェック")
TABLE = Text(en="Table", ja="テーブル")
LATEST = Text(en="Last 14 results", ja="直近 14 回の結果")
VALUE = Text(en="Value", ja="値")
EXPECTED = Text(en="Expected", ja="期待値")
CHECKED = Text(en="Checked", ja="検査日時")
SOURCE = Text(en="Source", ja="送信元")
DIMENSION = Text(en="Dimension", ja="品質の観点")
RUN = Text(en="Run", ja="実行")
MESSAGE = Text(en="Message", ja="メッセージ")
INCIDENT = Text(en="Incident", ja="インシデント")
BARS = Text(
    en="Bars: a cross is a failed check, a notch a warning, a short bar a pass.",
    ja="棒グラフ: × は不合格、切れ込みは警告、短い棒は合格を示します。",
)
BARS_TITLE = Plural(
    one="{count} result: {failed} failed or could not run, {warned} warned",
    many="{count} results: {failed} failed or could not run, {warned} warned",
    ja="{count} 回の結果: 不合格または実行失敗 {failed} 回、警告 {warned} 回",
)
SHOWN = Template(en="{first} to {last} of {count}.", ja="{count} 件中 {first} ～ {last} 件目。")
EARLIER, LATER = Text(en="Previous", ja="前へ"), Text(en="Next", ja="次へ")
NO_MATCH = Text(en="No matching checks.", ja="一致するチェックはありません。")
LOOKED_AT = Template(en="Looked at: {filters}.", ja="条件: {filters}。")
CLEAR = Text(en="Show all", ja="すべて表示")
NOW_STATES: Mapping[str, Template] = {
    "passed": Template(en="{check} passes.", ja="{check} は合格です。"),
    "warned": Template(en="{check} warns.", ja="{check} は警告です。"),
    "failed": Template(en="{check} fails.", ja="{check} は不合格です。"),
    "error": Template(en="{check} could not run.", ja="{check} を実行できません。"),
    "skipped": Template(en="{check} was skipped.", ja="{check} はスキップされました。"),
}
RESULTS = Text(en="Results", ja="結果")
ALL_RESULTS = Text(en="All results of this check", ja="このチェックのすべての結果")
GLYPHS: Mapping[str, str] = {
    "passed": "well",
    "warned": "late",
    "failed": "failed",
    "error": "unknown",
    "skipped": "silenced",
}
BAR_KINDS: Mapping[str, str] = {
    "passed": "ok",
    "warned": "slow",
    "failed": "failed",
    "error": "failed",
    "skipped": "other",
}

__all__ = ["BARS", "BAR_KINDS", "GLYPHS", "STATES", "TITLE"]
