"""By when the next runs of jobs have to end."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

STATES: Mapping[str, Text] = {
    "on_time": Text(en="on time", ja="予定どおり"),
    "late": Text(en="will be late", ja="遅延の見込み"),
    "learning": Text(en="learning", ja="学習中"),
}
LEARNING = Template(en="learning, {count} of {least} runs", ja="学習中 ({count}/{least} 回)")
TITLE = Text(en="Next deadlines", ja="今後の期限")
JOB = Text(en="Job", ja="ジョブ")
EXPECTED = Text(en="Expected", ja="終了見込み")
CHANCE = Template(en="{percent} % chance to miss", ja="期限超過 {percent} %")
SURE = Template(en="{percent} % sure to be late", ja="遅延の確度 {percent} %")
BY = Template(en="by {time}", ja="期限 {time}")
RUNNING = Text(en="running", ja="実行中")
HELD_UP_BY = Template(en="waits for {job}", ja="{job} の完了待ち")
KNOWN = Template(en="as of {time}", ja="{time} 時点")
KEY = Text(en="○ usual end   │ deadline, declared or learned", ja="○ 通常の終了時刻  │ 期限 (宣言または学習)")
NOW = Text(en="now", ja="現在")
PERIOD = Template(en="{start} to {end}", ja="{start} ～ {end}")
NONE = Text(en="No deadline in the next 24 hours is known.", ja="今後 24 時間以内の期限は確認されていません。")
HOW = Text(
    en="Deadlines are learned from about two weeks of runs, or declared in `expectations.yaml`; each hourly history run updates them.",
    ja="約 2 週間分の実行から学習するか、`expectations.yaml` で宣言します。1 時間ごとの履歴の収集で更新されます。",
)
MORE = Plural(one="{count} more", many="{count} more", ja="ほか {count} 件")
