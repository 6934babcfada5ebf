"""Texts of what is upstream and downstream of a job or a table."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

TITLE = Template(en="Upstream and downstream of {name}", ja="{name} の上流と下流")
LOAD = Text(en="Upstream and downstream", ja="上流と下流")
VERDICT = Plural(
    one="1 job is downstream of {name}.",
    many="{count} jobs are downstream of {name}.",
    ja="{name} の下流にはジョブが {count} 件あります。",
)
NEXT = Template(en="Next start: {time}.", ja="次回の開始は {time} です。")
NOTHING = Template(en="Nothing is downstream of {name}.", ja="{name} の下流にジョブはありません。")
TROUBLED = Plural(
    one="1 of the upstream jobs may need a person.",
    many="{count} of the upstream jobs may need a person.",
    ja="上流のジョブのうち {count} 件は対応が必要な可能性があります。",
)
LOOKED_AT = Text(
    en="Looked at: the tables that the latest 10,000 successful runs of 8 days read and wrote, up to six hops away.",
    ja="検索対象: 直近 8 日間に成功した最新 10,000 件の実行が読み書きしたテーブル (6 ホップまで)。",
)
DOWNSTREAM = Text(en="Downstream, by hop", ja="下流 (ホップ順)")
UPSTREAM = Text(en="Upstream, by hop", ja="上流 (ホップ順)")
NO_DOWNSTREAM = Text(en="No job reads what is written here.", ja="書き込み先を読み取るジョブはありません。")
NO_UPSTREAM = Text(en="No job writes what is read here.", ja="読み取り元に書き込むジョブはありません。")
HOPS = Text(en="Hop", ja="ホップ")
HOP = Template(en="Hop {number}", ja="ホップ {number}")
IN_HOP = Template(en="hop {number}", ja="ホップ {number}")
STATE = Text(en="State", ja="状態")
JOB = Text(en="Job", ja="ジョブ")
THROUGH = Text(en="Through table", ja="経由するテーブル")
WRITES = Text(en="Writes", ja="書き込み先")
OWNER = Text(en="Owner", ja="オーナー")
STARTS = Text(en="Next start", ja="次回の開始")
ENDS = Text(en="Ends about", ja="終了見込み")
SINCE = Template(en="running since {time}", ja="{time} から実行中")
STARTS_AT = Template(en="starts {time}", ja="{time} に開始")
UNKNOWN = Text(en="unknown", ja="不明")
READS_TABLE = Template(en="reads {table}", ja="{table} を読み取る")
WRITES_TABLE = Template(en="writes {table}", ja="{table} に書き込む")
LEFT_OUT = Plural(
    one="1 more job is left out.",
    many="{count} more jobs are left out.",
    ja="ほか {count} 件のジョブを省略しています。",
)
ALL_HOPS = Text(en="All hops", ja="すべてのホップ")
EFFECT = Text(
    en="The effect of a fault arrives at a job with its next start.",
    ja="障害の影響は、各ジョブの次回の開始時に及びます。",
)
