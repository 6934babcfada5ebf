"""The sentences of a report."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

# The coverage of the period.
NOTHING_RECORDED = Text(
    en="The Error DB is empty, so this report cannot say whether anything failed: run `hinomi doctor`, and wait for the first log entries.",
    ja="Error DB が空のため、障害の有無を判断できません。`hinomi doctor` で状態を確認し、最初のログエントリが届くまで待ってください。",
)
BEFORE_FIRST_RECORD = Template(
    en="Hinomi has recorded incidents since {day} only, after this period.",
    ja="Hinomi の記録は {day} からで、この期間の記録はありません。",
)
RECORDED_SINCE = Template(
    en="The period is incomplete: Hinomi has recorded incidents since {day}.",
    ja="Hinomi の記録は {day} からのため、この期間の一部しか含みません。",
)
DELETED = Plural(
    one="The period is incomplete: resolved incidents are deleted after {count} day.",
    many="The period is incomplete: resolved incidents are deleted after {count} days.",
    ja="復旧済みのインシデントは {count} 日後に削除されるため、この期間の一部しか含みません。",
)
NOT_OVER = Text(en="The period is not over yet.", ja="この期間はまだ終わっていません。")

# The first line.
NOT_KNOWN = Text(en="There are no records of this period.", ja="この期間の記録はありません。")
NO_INCIDENTS = Text(
    en="No incident was opened, resolved or left open.",
    ja="インシデントの発生・復旧はなく、未復旧のものもありません。",
)
NONE_OPENED = Text(en="No new incidents.", ja="新しいインシデントはありません。")
OPENED = Plural(one="{count} new incident.", many="{count} new incidents.", ja="新しいインシデントは {count} 件です。")
LEFT_OPEN = Plural(
    one="{count} is open.",
    many="{count} are open.",
    ja="未復旧は {count} 件です。",
)
NONE_OPEN = Text(en="No incident is open.", ja="未復旧のものはありません。")
ENDED_ALONE = Template(
    en="{count} of {total} ended incidents needed no person.",
    ja="終了した {total} 件のうち {count} 件は人の対応なしで終了しました。",
)
TO_DECIDE = Plural(
    one="{count} decision is pending.",
    many="{count} decisions are pending.",
    ja="判断が必要なことが {count} 件あります。",
)
NOTHING_TO_DECIDE = Text(en="No decision is pending.", ja="判断が必要なことはありません。")

# To decide.
APPROVE = Template(
    en="{handler} waits for approval on {target}, until {until}: {plan}",
    ja="{handler} が {target} で承認を待っています ({until} まで): {plan}",
)
APPROVE_SOON = Template(
    en="{handler} prepares its plan for {target}", ja="{handler} が {target} の計画を準備しています"
)
UNACKNOWLEDGED = Template(
    en="{title} on {resource}, open for {age}, not acknowledged",
    ja="{title} ({resource}): {age}前から未対応",
)
SILENCE = Template(
    en="{rule}: {alone} of {ended} incidents resolved on their own. Silence it for a day, or notify from a higher severity.",
    ja="{rule}: {ended} 件中 {alone} 件が自然に終了しました。1 日サイレンスにするか、通知する重大度を上げてください。",
)
FALSE_ALARMS = Template(
    en="{rule}: {count} of {ended} incidents were false alarms. Silence it for a day, or make the rule narrower.",
    ja="{rule}: {ended} 件中 {count} 件が誤検知でした。1 日サイレンスにするか、ルールの条件を絞ってください。",
)
REASON_FALSE = Text(en="false alarms", ja="誤検知が多いため")
REASON_ALONE = Text(en="its incidents resolve on their own", ja="自然に復旧するため")
RERUN = Template(
    en="{job}: run {run} failed and was not repaired", ja="{job}: 失敗した実行 {run} が再実行されていません"
)
RERUN_LATEST = Template(en="{job}: the failed run was not repaired", ja="{job}: 失敗した実行が再実行されていません")
REVOKE = Plural(
    one="{count} grant was not used for {days} days",
    many="{count} grants were not used for {days} days",
    ja="{days} 日間使われていない権限付与が {count} 件あります",
)
CHANNEL = Template(
    en="{channel} has rejected notifications since {since}", ja="{channel} が {since} から通知を受け付けていません"
)
MORE = Plural(one="{count} more", many="{count} more", ja="ほか {count} 件")

# Below a section.
NO_JOB_TROUBLE = Plural(
    one="No job failed or became slower: {count} job ran.",
    many="No job failed or became slower: {count} jobs ran.",
    ja="失敗または遅くなったジョブはありません (実行されたジョブ: {count} 件)。",
)
NO_JOB_RAN = Text(en="No job ran.", ja="実行されたジョブはありません。")
NO_GRANTS = Text(en="No grant is on record.", ja="記録されている権限付与はありません。")
NO_UNUSED = Template(
    en="No grant is known to be unused: {total} assessed, use of {unknown} unknown.",
    ja="未使用と確認された権限付与はありません (評価 {total} 件、使用状況が不明 {unknown} 件)。",
)
UNUSED_OF = Template(
    en="{unused} of {total}, use of {unknown} unknown", ja="{total} 件中 {unused} 件、使用状況が不明 {unknown} 件"
)
UNUSED_OF_FIRST = Template(
    en="{unused} of the first {total}, use of {unknown} unknown",
    ja="先頭の {total} 件中 {unused} 件、使用状況が不明 {unknown} 件",
)
NO_COST = Text(en="BigQuery billed nothing.", ja="BigQuery の費用は発生していません。")
NO_COMPARISON = Template(
    en="There is no comparison with the previous period, because its records are incomplete: they begin on {day}.",
    ja="前の期間の記録が完全ではないため、比較していません (記録開始: {day})。",
)
MISSING = Template(en="{parts}: {reason}", ja="{parts}: {reason}")
HOURS = Plural(
    one="Hours saved: {count} incident that Hinomi fixed, with a verified recovery, × {minutes} min (HINOMI_MINUTES_PER_REMEDIATION).",
    many="Hours saved: {count} incidents that Hinomi fixed, with a verified recovery, × {minutes} min each (HINOMI_MINUTES_PER_REMEDIATION).",
    ja="削減時間: Hinomi が修復し、復旧を確認したインシデント {count} 件 × {minutes} 分 (HINOMI_MINUTES_PER_REMEDIATION)。",
)
MEDIANS = Text(
    en="Medians cover the incidents in parentheses; incidents closed after a quiet period have no recovery and do not count.",
    ja="中央値の母数は括弧内の件数です。再発なしで自動クローズしたものは含みません。",
)
MADE = Template(
    en="Times in {zone}. Created by Hinomi on {day} at {time}.",
    ja="時刻は {zone} です。{day} {time} に Hinomi が作成しました。",
)

# Sending.
SENT = Template(en="{frequency} report of {period} sent to {channel}", ja="{channel} に{frequency} ({period}) を送信")
NO_CHANNEL = Template(
    en="'{value}' is not a channel for reports{advice}",
    ja="'{value}' はレポートを送信できるチャネルではありません{advice}",
)
CHANNEL_FORM = Template(
    en=". Use {notifiers}, with a channel such as {example}.",
    ja="。{notifiers} と、{example} のようなチャネル名を指定してください。",
)
SUBSCRIPTION_FORM = Template(
    en="HINOMI_REPORTS: '{value}' is invalid. Use a list such as `daily teams 07:00, weekly email:data mon 08:00`.",
    ja="HINOMI_REPORTS の '{value}' は無効です。`daily teams 07:00, weekly email:data mon 08:00` のように指定してください。",
)
SUBSCRIBED_TWICE = Template(
    en="HINOMI_REPORTS: {name} is listed twice.", ja="HINOMI_REPORTS に {name} が 2 つあります。"
)
