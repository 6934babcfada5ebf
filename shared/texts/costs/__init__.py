"""Incidents about the cost of a day."""

from __future__ import annotations

from shared.texts import Template, Text

UNUSUAL_TITLE = Text(en="Cost far above usual", ja="通常を大きく超える費用")
BUDGET_TITLE = Text(en="Daily budget exceeded", ja="1 日の予算の超過")
NAMES = {
    "user": Template(en="the queries and jobs of {name}", ja="{name} のクエリとジョブ"),
    "job": Template(en="the job {name}", ja="ジョブ {name}"),
    "dataset": Template(en="reading the dataset {name}", ja="データセット {name} の読み取り"),
    "project": Template(en="the project {name}", ja="プロジェクト {name}"),
}
UNUSUAL = Template(
    en="On {day} {what} cost {price} until {time} (UTC): usually {usual} a day, at most {limit}",
    ja="{day} の{what}の費用が {time} (UTC) 時点で {price}: 通常は 1 日 {usual}、最大でも {limit}",
)
OVER = Template(
    en="On {day} {what} cost {price} until {time} (UTC), more than the budget of {limit} a day; usually {usual}",
    ja="{day} の{what}の費用が {time} (UTC) 時点で {price} となり、1 日の予算 {limit} を超過: 通常は {usual}",
)
MOSTLY = Template(en="{summary}; mostly {parts}", ja="{summary}。主な要因: {parts}")
PART_OF_USER = Template(en="{job} by {user} ({price}, {share} %)", ja="{user} の {job} ({price}、{share} %)")
PART = Template(en="{user} ({price}, {share} %)", ja="{user} ({price}、{share} %)")
USUAL_AGAIN = Text(en="the cost of a whole day returned to normal", ja="1 日の費用が通常の範囲に戻りました")
EXPLAIN = Text(
    en="See what changed compared with the same weekday in recent weeks.",
    ja="過去数週間の同じ曜日との差を、ユーザーとジョブごとに確認します。",
)
SEE_JOB = Text(
    en="See the runs of the most expensive job: more runs, more bytes, or a missing partition filter?",
    ja="最も費用の高いジョブの実行を確認します。実行回数や読み取り量の増加、パーティション条件の欠落がないかを調べます。",
)
LIMIT = Text(
    en="To stop such a query earlier, set its maximum bytes billed, or a custom quota of the project or user.",
    ja="高額なクエリを事前に止めるには、クエリの課金バイト数の上限、またはプロジェクトやユーザーのカスタム割り当てを設定します。",
)
