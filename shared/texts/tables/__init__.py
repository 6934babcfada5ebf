"""Incidents about tables: stale ones, and those with an unusual volume."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

STALE_TITLE = Text(en="Table not updated", ja="テーブルの更新遅延")
STALE = Template(
    en="{table} was last updated at {changed}: it is usually updated by {due}",
    ja="{table} の最終更新は {changed}: 通常は {due} までに更新",
)
SEVERAL_STALE = Plural(
    one="{table} was last updated at {changed}: {count} update is missing since {due}",
    many="{table} was last updated at {changed}: {count} updates are missing since {due}",
    ja="{table} の最終更新は {changed}: {due} 以降、{count} 回の更新が行われていません",
)
DOWNSTREAM = Plural(
    one="{summary}; {count} table is made from it: {tables}",
    many="{summary}; {count} tables are made from it: {tables}",
    ja="{summary}。このテーブルから作成されるテーブル {count} 件: {tables}",
)
IN_LAYER = Template(en="{summary} (layer {layer}, owner {owner})", ja="{summary} (層 {layer}、オーナー {owner})")
IN_LAYER_ONLY = Template(en="{summary} (layer {layer})", ja="{summary} (層 {layer})")
AND_MORE = Template(en="{tables} and {count} more", ja="{tables} ほか {count} 件")
MANY_STALE_TITLE = Text(en="Many tables not updated", ja="多数のテーブルの更新遅延")
MANY_STALE = Template(
    en="{count} of {expected} tables of {dataset} have not been updated since {since}: {tables}",
    ja="{dataset} のテーブル {expected} 件のうち {count} 件が {since} 以降更新されていません: {tables}",
)
VOLUME_TITLE = Text(en="Unusual table volume", ja="テーブルのデータ量の異常")
ROWS_ADDED = Template(
    en="the update of {table} on {day} added {value} rows: usually {usual}, between {low} and {high}",
    ja="{table} の {day} の更新で追加された行は {value} 行: 通常は {usual} 行 ({low} ～ {high} 行)",
)
ROWS = Template(
    en="{table} has {value} rows after its update on {day}: usually {usual}, between {low} and {high}",
    ja="{table} は {day} の更新後 {value} 行: 通常は {usual} 行 ({low} ～ {high} 行)",
)
BYTES_ADDED = Template(
    en="the update of {table} on {day} added {value}: usually {usual}, between {low} and {high}",
    ja="{table} の {day} の更新で追加されたデータ量は {value}: 通常は {usual} ({low} ～ {high})",
)
BYTES = Template(
    en="{table} has {value} after its update on {day}: usually {usual}, between {low} and {high}",
    ja="{table} は {day} の更新後 {value}: 通常は {usual} ({low} ～ {high})",
)
UPDATED = Template(en="the table was updated at {time}", ja="テーブルが {time} に更新されました")
MOST_UPDATED = Text(en="most of these tables have been updated", ja="大半のテーブルが更新されました")
NOT_DUE = Text(
    en="no update is expected any more: the table was deleted, or its usual times have changed",
    ja="更新は見込まれません (テーブルの削除、または通常の時刻の変化)",
)
USUAL_AGAIN = Text(en="the volume is back in its usual range", ja="データ量が通常の範囲に戻りました")
SEE_TABLES = Text(
    en="See which tables are stale, and when they are usually updated.",
    ja="更新が遅れているテーブルと通常の更新時刻を確認します。",
)
SEE_WRITER = Text(
    en="See the latest runs of the job that writes the table.", ja="テーブルに書き込むジョブの最近の実行を確認します。"
)
SEE_JOBS = Text(en="See the jobs that fail or are missing.", ja="失敗または未実行のジョブを確認します。")
SEE_UPSTREAM = Text(
    en="Compare what the job read with what it wrote: an upstream table may be incomplete.",
    ja="ジョブの入力と出力を比較します。前段のテーブルが不完全な可能性があります。",
)
