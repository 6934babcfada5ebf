"""Texts of the timelines of a job: the chain of a day, and the tasks of a run."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text
from shared.texts.dashboard import run_states

TITLE = Template(en="Timeline of {job}", ja="{job} のタイムライン")
LOAD = Text(en="Timeline and critical path", ja="タイムラインとクリティカルパス")


ENDED = Template(en="{job} ended at {time}.", ja="{job} は {time} に終了しました。")
FAILED = Template(en="{job} failed at {time}.", ja="{job} は {time} に失敗しました。")
ENDS = Template(en="{job} is expected to end at {time}.", ja="{job} は {time} に終了する見込みです。")
LONGER = Template(
    en="{job} is running; its expected end is unknown.", ja="{job} は実行中です。終了時刻の見込みは不明です。"
)
DECIDED = Template(
    en="Its critical path has {count} runs, starting with {first}.",
    ja="クリティカルパスは {first} から始まる {count} 件の実行です。",
)
ALONE = Text(en="It depends on no other run.", ja="ほかの実行に依存していません。")
NO_RUN = Template(en="{job} has no run on {day}.", ja="{day} に {job} の実行はありません。")
NO_RUN_MORE = Text(
    en="Looked at: the runs of this day, and when the next run is due.",
    ja="検索対象: この日の実行と、次回の実行予定。",
)

CHAIN = Template(en="Chain of {day}", ja="ジョブの連鎖 ({day})")
CHAIN_LABEL = Plural(
    one="The runs of one job on a line of time",
    many="The runs of {count} upstream and downstream jobs on one line of time",
    ja="上流と下流のジョブ {count} 件の実行を並べた時間軸",
)
TASKS = Template(en="Tasks of the run of {time}", ja="{time} の実行のタスク")
LATEST_TASKS = Text(en="Tasks of the latest run", ja="最新の実行のタスク")
TASKS_LABEL = Plural(
    one="One task on a line of time", many="{count} tasks on one line of time", ja="タスク {count} 件の時間軸"
)
DAY_BEFORE = Text(en="Day before", ja="前日")
DAY_AFTER = Text(en="Day after", ja="翌日")
CAPTION = Text(
    en="Dark: critical path. Grey area: usual time. Outline: running until now. Dashed: expected. Square: failed. Cross: an "
    "earlier attempt failed.",
    ja="濃色: クリティカルパス、灰色の帯: 通常の時間帯、枠線: 現在まで実行中、破線: 見込み、四角: 失敗、×: 以前の試行の失敗。",
)
AS_TABLE = Text(en="As a table", ja="表で表示")
LEFT_OUT = Plural(one="1 more is left out.", many="{count} more are left out.", ja="ほか {count} 件を省略しています。")
NOW = Text(en="now", ja="現在")

JOB = Text(en="Job", ja="ジョブ")
TASK = Text(en="Task", ja="タスク")
STATE = Text(en="State", ja="状態")
POSITION = Text(en="Position", ja="位置")
STARTED = Text(en="Start", ja="開始")
ENDED_AT = Text(en="End", ja="終了")
TOOK = Text(en="Took", ja="所要時間")
USUAL = Text(en="Usually", ja="通常")
STEP = Text(en="Critical path", ja="クリティカルパス")
STEP_OF = Template(en="{number} of {count}", ja="{number}/{count}")
ATTEMPT = Template(en="attempt {number}", ja="{number} 回目の試行")
ABOUT = Template(en="about {time}", ja="{time} 頃")
RUNS = Plural(one="1 run", many="{count} runs", ja="実行 {count} 回")
WINDOW = Template(en="{start} to {end}", ja="{start} ～ {end}")
THIS_JOB = Text(en="this job", ja="このジョブ")
UPSTREAM = Plural(one="1 hop upstream", many="{count} hops upstream", ja="上流 {count} ホップ")
DOWNSTREAM = Plural(one="1 hop downstream", many="{count} hops downstream", ja="下流 {count} ホップ")
STATES: Mapping[str, Text] = {
    **run_states.STATES,
    "expected": Text(en="expected", ja="予定"),
    "missing": Text(en="not started", ja="未開始"),
    "": Text(en="no run yet", ja="実行なし"),
}
GLYPHS: Mapping[str, str] = {**run_states.RUN_GLYPHS, "expected": "due", "missing": "missing", "": "off"}

PATH = Text(en="Critical path", ja="クリティカルパス")
TAKES: Mapping[str, Template] = {
    "running": Template(en="running for {took}", ja="実行中 (経過 {took})"),
    "expected": Template(en="expected to take {took}", ja="所要時間の見込み {took}"),
    "": Template(en="took {took}", ja="所要時間 {took}"),
}
WAITED = Template(en="started {waited} after the previous run ended", ja="前の実行が終了した {waited}後に開始")
RULE = Text(
    en="The critical path is followed backwards from the last run: each step is the upstream run that ended last before the next run started. Running and expected runs count with their expected end.",
    ja="決め方: 最後の実行からさかのぼり、次の実行が開始する前に最後に終了した上流の実行を順に選びます。"
    "実行中と予定の実行では、終了見込みの時刻を使います。",
)
TASK_RULE = Text(
    en="A task is upstream of another task if it ended before that task started in 90 % of the earlier runs.",
    ja="過去の実行の 90 % 以上で、別のタスクが開始する前に終了していたタスクを上流とみなします。",
)
