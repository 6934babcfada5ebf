"""Incidents about jobs that have not started, or run longer than usual."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

LATE_TITLE = Text(en="Job is late", ja="ジョブの遅延")
NOT_STARTED = Template(
    en="{job} has not started: according to its runs in recent weeks, it was due at {due}",
    ja="{job} が開始していません: これまでの実行から見込まれる開始は {due}",
)
SEVERAL_NOT_STARTED = Plural(
    one="{job} has not started: according to its runs in recent weeks, {count} run has been due since {due}",
    many="{job} has not started: according to its runs in recent weeks, {count} runs have been due since {due}",
    ja="{job} が開始していません: これまでの実行から見込まれる実行が {due} 以降 {count} 回",
)
NOT_STARTED_AS_SCHEDULED = Template(
    en="{job} has not started: according to its scheduler, it was due at {due}",
    ja="{job} が開始していません: スケジューラの設定では {due} に開始予定",
)
SEVERAL_NOT_STARTED_AS_SCHEDULED = Plural(
    one="{job} has not started: according to its scheduler, {count} run has been due since {due}",
    many="{job} has not started: according to its scheduler, {count} runs have been due since {due}",
    ja="{job} が開始していません: スケジューラの設定では {due} 以降に {count} 回の実行予定",
)
NOT_STARTED_AS_EXPECTED = Template(
    en="{job} has not started: it was expected at {due}",
    ja="{job} が開始していません: 開始予定は {due}",
)
SEVERAL_NOT_STARTED_AS_EXPECTED = Plural(
    one="{job} has not started: {count} run has been expected since {due}",
    many="{job} has not started: {count} runs have been expected since {due}",
    ja="{job} が開始していません: {due} 以降に期待される実行は {count} 回",
)
STARTED_LATE = Template(
    en="{job} started at {start}, later than usual: it was due at {due}",
    ja="{job} の開始が通常より遅れました ({start}): 開始予定は {due}",
)
STARTED_LATE_UNTIL = Template(
    en="{job} started at {start}, later than usual: it was due at {due}, and will probably end at {end}",
    ja="{job} の開始が通常より遅れました ({start}): 開始予定は {due}、終了見込みは {end}",
)
MISSED_DEADLINE = Template(
    en="{job} has not succeeded by its deadline, {deadline}",
    ja="{job} が期限の {deadline} までに正常終了していません",
)
WILL_MISS_DEADLINE = Template(
    en="{job} will probably end at {end}, after its deadline, {deadline}",
    ja="{job} の終了見込みは {end} で、期限の {deadline} に間に合わない見込み",
)
MISSES_DEADLINE_NOT_STARTED = Template(
    en="{job} has not started and will miss its deadline, {deadline}: it usually takes {usual}",
    ja="{job} が開始していません: 通常の所要時間は {usual} で、期限の {deadline} に間に合わない見込み",
)
WILL_END_LATE = Template(
    en="{job} will probably end at {end} (confidence {chance}): it usually ends at {usual}, and by {latest} at "
    "the latest",
    ja="{job} の終了見込みは {end} (確度 {chance}): 通常の終了は {usual}、遅くとも {latest}",
)
WILL_END_LATE_NOT_STARTED = Template(
    en="{job} has not started and will probably end at {end} (confidence {chance}): it usually ends at {usual}, "
    "and by {latest} at the latest",
    ja="{job} が開始していません。終了見込みは {end} (確度 {chance}): 通常の終了は {usual}、遅くとも {latest}",
)
HELD_UP_BY = Template(en="{summary}; it waits for {job}, which {state}", ja="{summary}。{job} ({state}) の完了待ち")
HOLDS_UP = Plural(
    one="{summary}; {count} job waits for it: {jobs}",
    many="{summary}; {count} jobs wait for it: {jobs}",
    ja="{summary}。このジョブの完了を待つジョブ {count} 件: {jobs}",
)
UPSTREAM_STATES = {
    "failed": Text(en="failed", ja="失敗"),
    "running": Text(en="is still running", ja="実行中"),
    "not started": Text(en="has not started", ja="未開始"),
    "waiting": Text(en="is waiting too", ja="待機中"),
}
SEE_BLOCKING = Text(
    en="See the upstream job that delays this job: when the upstream job is fixed, this job follows.",
    ja="待っている上流のジョブを確認します。上流が復旧すれば、このジョブも続いて実行されます。",
)
SEE_DEADLINES = Text(
    en="See all jobs that will be late, and which upstream run delays each of them.",
    ja="遅延が見込まれるジョブと、その原因となっている上流の実行を一覧で確認します。",
)
REPORTED = Text(en="the job reported a success", ja="ジョブの正常終了が報告されました")
RUNS_LONG = Template(
    en="{job} has been running for {lasts}; it usually takes {usual}",
    ja="{job} の実行が {lasts} 続いています: 通常は {usual}",
)
RUNS_LONG_UNTIL = Template(
    en="{job} has been running for {lasts}; it usually takes {usual}, and runs that took this long ended about {end}",
    ja="{job} の実行が {lasts} 続いています: 通常は {usual}、過去の長い実行から見た終了見込みは {end}",
)
SEE_RUNS = Text(
    en="See the job's latest runs: start, duration, and what it wrote.",
    ja="最近の実行 (開始時刻、所要時間、結果) を確認します。",
)
SEE_UPSTREAM = Text(
    en="Check whether an upstream job failed or is late: if so, fix the upstream job first.",
    ja="前段の処理に失敗や遅延がないかを確認します。あればそちらを先に調べます。",
)
SEE_PLATFORM = Text(
    en="Many late jobs at once point to the platform: check the scheduler, the quota and the incidents of the "
    "service first.",
    ja="一斉の遅延は基盤側の問題です。スケジューラ、割り当て、サービスのインシデントを先に確認します。",
)
SEE_MISSING = Text(en="See which runs are missing.", ja="未実行の一覧を確認します。")
ENDED = Template(en="the run of {start} {state}", ja="{start} 開始の実行は{state}")
STATES = {
    "succeeded": Text(en="succeeded", ja="成功"),
    "failed": Text(en="failed", ja="失敗"),
    "cancelled": Text(en="was cancelled", ja="キャンセル"),
    "skipped": Text(en="was skipped", ja="スキップ"),
    "running": Text(en="is running", ja="実行中"),
    "queued": Text(en="is queued", ja="待機中"),
}
NO_LONGER_DUE = Text(
    en="no run is expected any more: the job has stopped, its schedule is paused, or its usual times have changed",
    ja="次の実行は見込まれません (ジョブの停止、スケジュールの一時停止、または通常の時刻の変化)",
)
MANY_TITLE = Text(en="Many jobs are late", ja="多数のジョブの遅延")
MANY = Template(
    en="{count} of {expected} jobs of {service} in {project} have not started since {since}: {jobs}",
    ja="{project} の {service} ジョブ {expected} 件のうち {count} 件が {since} 以降開始していません: {jobs}",
)
AND_MORE = Template(en="{jobs} and {count} more", ja="{jobs} ほか {count} 件")
MANY_OVER = Text(en="most of these jobs have started again", ja="大半のジョブが開始しました")
