"""Texts about rules/quality.yaml, and about the queries that it declares."""

from __future__ import annotations

from shared.texts import Template, Text

COLUMN = Text(en="is not the name of a column", ja="列名ではありません")
CONDITION = Text(en="is not a comparison such as '> 0'", ja="'> 0' のような比較ではありません")
PROJECT = Text(en="is not a project id", ja="プロジェクト ID ではありません")
TABLE = Text(
    en="is not PROJECT.DATASET or PROJECT.DATASET.TABLE",
    ja="PROJECT.DATASET または PROJECT.DATASET.TABLE の形式ではありません",
)
NAME = Text(
    en="is not a short name of letters, digits, '_', '.' and '-'",
    ja="英数字、'_'、'.'、'-' からなる短い名前ではありません",
)
LOCATION = Text(
    en="is not a location such as EU or asia-northeast1", ja="EU や asia-northeast1 のようなロケーションではありません"
)
TAKEN = Template(en="another query has the name '{name}'", ja="'{name}' という名前のクエリがほかにあります")
SQL_OR_ELEMENTARY = Text(
    en="a query has either 'sql' or 'elementary'",
    ja="クエリには 'sql' か 'elementary' のどちらか一方を指定してください",
)
TOO_OFTEN = Text(
    en="use 15m or more: the history function runs queries every 15 minutes",
    ja="クエリの実行間隔は 15 分以上にしてください",
)
NO_STATE = Text(
    en="name the column 'state', or the column 'value' and a condition 'fail' such as '> 0'",
    ja="'state' の列、または 'value' の列と '> 0' のような条件 'fail' を指定してください",
)
NO_SELECT = Text(en="use one SELECT statement", ja="クエリは 1 つの SELECT 文で指定してください")
NO_COLUMN = Template(
    en="the query {query} of rules/quality.yaml returns no column '{column}': it has {columns}",
    ja="rules/quality.yaml のクエリ {query} の結果に列 '{column}' がありません。あるのは {columns} です",
)
UNKNOWN_STATE = Template(
    en="the query {query} of rules/quality.yaml returns the state '{state}', which 'states' does not name",
    ja="rules/quality.yaml のクエリ {query} が返した状態 '{state}' は 'states' で指定されていません",
)
