"""Texts of `hinomi tables`."""

from shared.texts import Template, Text

TABLE = Text(en="table", ja="テーブル")
STATE = Text(en="state", ja="状態")
UPDATED = Text(en="last update", ja="最終更新")
NEXT = Text(en="usual update", ja="通常の更新")
ROWS = Text(en="rows", ja="行数")
SIZE = Text(en="size", ja="サイズ")
STALE = Text(en="stale", ja="更新遅延")
VOLUME = Text(en="unusual volume", ja="データ量の異常")
FRESH = Text(en="fresh", ja="正常")
LEARNING = Text(en="learning", ja="学習中")
NO_TABLES = Template(
    en="No tables match '{name}' among those that changed in the last five weeks.",
    ja="過去 5 週間に変更されたテーブルに '{name}' と一致するものはありません。",
)
NONE_STALE = Text(
    en="No table is stale or has an unusual volume.",
    ja="更新が遅れているテーブルや、データ量が通常と異なるテーブルはありません。",
)
