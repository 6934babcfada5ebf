"""Texts of `hinomi quality`."""

from shared.texts import Template, Text

STATE = Text(en="STATE", ja="状態")
CHECK = Text(en="CHECK", ja="チェック")
SUBJECT = Text(en="TABLE", ja="テーブル")
VALUE = Text(en="VALUE", ja="値")
EXPECTED = Text(en="EXPECTED", ja="期待値")
CHECKED = Text(en="CHECKED", ja="検査日時")
LATEST = Text(en="LATEST", ja="直近の結果")
RUN = Text(en="RUN", ja="実行")
MESSAGE = Text(en="MESSAGE", ja="メッセージ")
HEAD = Template(en="{check} of {subject} ({source} {origin})", ja="{subject} の {check} ({source} {origin})")
NONE_YET = Text(
    en="No results of data quality checks in the last five weeks: see docs/data-quality.md.",
    ja="過去 5 週間にデータ品質チェックの結果はありません。docs/data-quality.md を参照してください。",
)
NO_FAILING = Text(
    en="No check fails or warns (last five weeks).", ja="不合格や警告のチェックはありません (過去 5 週間)。"
)
NO_MATCH = Text(en="No matching checks (last five weeks).", ja="一致するチェックはありません (過去 5 週間)。")
