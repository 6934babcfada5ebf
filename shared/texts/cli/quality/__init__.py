"""Texts of `hinomi quality`."""

from shared.texts import Template, Text

STATE = Text(en="state", ja="状態")
CHECK = Text(en="check", ja="チェック")
SUBJECT = Text(en="table", ja="テーブル")
VALUE = Text(en="value", ja="値")
EXPECTED = Text(en="expected", ja="期待値")
CHECKED = Text(en="checked", ja="検査日時")
LATEST = Text(en="latest", ja="直近の結果")
RUN = Text(en="run", ja="実行")
MESSAGE = Text(en="message", ja="メッセージ")
HEAD = Template(en="{check} of {subject} ({source} {origin})", ja="{subject} の {check} ({source} {origin})")
NONE_YET = Text(
    en="No results of data quality checks in the last five weeks: see docs/data-quality.md.",
    ja="過去 5 週間にデータ品質チェックの結果はありません。docs/data-quality.md を参照してください。",
)
NO_FAILING = Text(
    en="No check fails or warns (last five weeks).", ja="不合格や警告のチェックはありません (過去 5 週間)。"
)
NO_FAILING_OF = Template(
    en="No check that matches '{name}' fails or warns (last five weeks).",
    ja="'{name}' に一致するチェックに、不合格や警告のものはありません (過去 5 週間)。",
)
NO_MATCH = Template(
    en="No check, table or source matches '{name}' (last five weeks).",
    ja="'{name}' に一致するチェック、テーブル、送信元はありません (過去 5 週間)。",
)
