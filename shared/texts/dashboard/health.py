"""Texts of the page about Hinomi itself."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

TITLE = Text(en="Hinomi itself", ja="Hinomi の状態")
WELL = Text(en="Hinomi is healthy.", ja="Hinomi は正常です。")
UNCHECKED = Text(en="Nothing has been checked yet.", ja="まだ何も確認されていません。")
FIRST_STEPS = Text(
    en="Run `hinomi doctor` to check the deployment, then `hinomi notify-test` to send a test message.",
    ja="`hinomi doctor` でデプロイを確認し、`hinomi notify-test` でテスト通知を送信してください。",
)
PROBLEMS = Plural(
    one="Hinomi has {count} problem.", many="Hinomi has {count} problems.", ja="Hinomi に問題が {count} 件あります。"
)
LAST_CARD = Template(en="The last notification was sent {ago}.", ja="最後の通知は {ago}です。")
NO_CARD = Text(en="No notification has been sent yet.", ja="通知はまだ送信されていません。")
REJECTED_NONE = Text(en="No message was rejected.", ja="拒否されたメッセージはありません。")
REJECTED = Plural(
    one="There is {count} rejected message.",
    many="There are {count} rejected messages.",
    ja="拒否されたメッセージが {count} 件あります。",
)
REJECTED_BECAUSE = Plural(
    one="{count} message was rejected: {reason}",
    many="{count} messages were rejected, the latest: {reason}",
    ja="拒否されたメッセージが {count} 件あります。最新: {reason}",
)
HISTORY_UNAVAILABLE = Text(en="The Schema DB does not respond.", ja="Schema DB に接続できません。")
HISTORY_UNKNOWN = Text(
    en="The state of the collectors is unknown. Run `hinomi db check`.",
    ja="コレクターの状態は不明です。`hinomi db check` を実行してください。",
)
FINDINGS = Text(en="Findings", ja="検出された問題")
DOCTOR = Text(en="hinomi doctor also checks the deployment", ja="デプロイの状態は hinomi doctor で確認できます")
NO_FINDINGS = Text(en="Nothing to fix.", ja="対処が必要な問題はありません。")
NONE_FOUND = Text(en="No problem is recorded.", ja="記録された問題はありません。")
LOOKED_AT = Text(
    en="Looked at: channels, scheduled reports, workers, rejected messages, incidents about Hinomi.",
    ja="確認対象: チャネル、定期レポート、ワーカー、拒否されたメッセージ、Hinomi 自身のインシデント。",
)
WAY = Text(en="From event to notification", ja="イベントから通知まで")
IN_HOURS = Plural(one="last {count} hour", many="last {count} hours", ja="過去 {count} 時間")
TO_INCIDENT = Text(en="event to incident", ja="イベントからインシデントまで")
TO_CARD = Text(en="incident to notification", ja="インシデントから通知まで")
MEDIAN = Template(en="median {time}, p95 {slowest} (n = {count})", ja="中央値 {time}、p95 {slowest} (n = {count})")
NOT_MEASURED = Text(en="not measured: no events", ja="該当するイベントがないため未計測")
COLLECTORS = Text(en="Collectors", ja="コレクター")
WELL_OF = Template(en="{count} of {total} are healthy", ja="{total} 件中 {count} 件が正常")
NO_COLLECTORS = Text(
    en="No snapshots yet: run `hinomi snapshot run`.",
    ja="スナップショットはまだありません。`hinomi snapshot run` を実行してください。",
)
STATE = Text(en="State", ja="状態")
COLLECTOR = Text(en="Collector", ja="コレクター")
SCOPE = Text(en="Scope", ja="対象")
LAST_RUNS = Template(en="Last {count}", ja="直近 {count} 回")
LAST_SUCCESS = Text(en="Last success", ja="最終成功")
AGE = Text(en="Age", ja="経過")
EVERY = Text(en="Every", ja="間隔")
ROWS = Text(en="Rows", ja="行数")
NEVER = Text(en="never", ja="なし")
UNKNOWN = Text(en="unknown", ja="不明")
STATES: Mapping[str, Text] = {
    "failed": Text(en="failed", ja="失敗"),
    "delayed": Text(en="delayed", ja="遅延"),
    "running": Text(en="running", ja="実行中"),
    "well": Text(en="healthy", ja="正常"),
}
RUN_TITLE = Plural(
    one="{count} run, {failed} failed", many="{count} runs, {failed} failed", ja="{count} 回中 {failed} 回失敗"
)
CHANNELS = Text(en="Channels", ja="チャネル")
BROKEN_SINCE = Template(en="broken since {time}: {reason}", ja="{time} から不通: {reason}")
TRIED_AGAIN = Template(en="next attempt {time}", ja="次の試行: {time}")
LAST_SENT = Template(en="last notification {ago}", ja="最後の通知は {ago}です。")
NOTHING_SENT = Text(en="nothing sent yet", ja="送信実績なし")
NO_CHANNELS = Text(en="No channel has been used yet.", ja="使用されたチャネルはまだありません。")
REPORTS = Text(en="Scheduled reports", ja="定期レポート")
NEXT_DAY = Template(en="next: {day}", ja="次回: {day}")
NO_REPORTS = Text(en="No report is scheduled.", ja="定期レポートは設定されていません。")
SETTINGS = Text(en="Settings", ja="設定")
