"""Texts of the page Now."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

TITLE = Text(en="Now", ja="現在")
NEED_YOU = Plural(
    one="{count} thing needs you.", many="{count} things need you.", ja="{count} 件が対応を待っています。"
)
REST_WELL = Text(en="The rest of the platform is healthy.", ja="そのほかは正常です。")
NOTHING = Text(en="Nothing needs you.", ja="対応が必要なものはありません。")
ALL_WELL = Text(en="The platform is healthy.", ja="データ基盤は正常です。")
PARTLY_SEEN = Text(en="Hinomi itself has a problem.", ja="Hinomi 自体に問題があります。")
NOTHING_YET = Text(en="Nothing has been recorded yet.", ja="まだ何も記録されていません。")
FIRST_STEPS = Text(
    en="No incident was detected and no snapshot was taken so far. Run `hinomi doctor` to check whether log entries arrive.",
    ja="インシデントの検知もスナップショットの取得もまだありません。ログが届いているかは `hinomi doctor` で確認できます。",
)
OPEN = Plural(one="{count} incident is open", many="{count} incidents are open", ja="未復旧 {count} 件")
HANDLED = Template(en="{count} being handled", ja="対応中 {count} 件")
SILENCED_COUNT = Template(en="{count} silenced", ja="サイレンス中 {count} 件")
REPAIRED_TODAY = Template(en="{count} ended today without you", ja="今日は {count} 件が人の対応なしに終了")
SENTENCE = Template(en="{text}.", ja="{text}。")

GROUP_YOU = Text(en="Needs you", ja="対応待ち")
ALL_OPEN = Template(en="All open incidents ({count})", ja="未復旧のインシデント ({count} 件)")
SINCE = Template(en="since {time}", ja="{time} から")
APPROVE_BY = Template(en="approve before {time}", ja="承認期限 {time}")
WAITS = Template(en="{rule} waits for approval", ja="{rule} が承認待ち")
REVIEW_AND_APPROVE = Text(en="Review and approve", ja="内容を確認して承認")
REVIEW = Text(en="Review", ja="確認")
ACKNOWLEDGE = Text(en="Acknowledge", ja="対応を開始")
NOTHING_WAITS = Text(en="No incident needs a person.", ja="対応が必要なインシデントはありません。")
NO_OWNER = Text(en="no owner", ja="オーナーなし")

PLATFORM = Text(en="The platform", ja="データ基盤")
PARTS = Plural(one="{count} part", many="{count} parts", ja="{count} 要素")
THICKER = Text(en="thicker line: more runs in two days", ja="線の太さ: 2 日間の実行回数")
AS_TABLE = Text(en="Show as table", ja="表で表示")
AS_PICTURE = Text(en="Show as picture", ja="図で表示")
PICTURE = Text(en="Flow of the platform, with the state of each part", ja="データの流れと各要素の状態")
OTHER_LAYER = Text(en="In no layer", ja="層なし")
STEP = Template(en="Step {number}", ja="ステップ {number}")
MORE_PARTS = Template(en="and {count} more", ja="ほか {count} 件")
WRITTEN = Template(en="written {age}", ja="{age}に書き込み")
NOT_SEEN = Text(en="no write seen", ja="書き込みの記録なし")
INCIDENTS = Plural(one="{count} incident", many="{count} incidents", ja="インシデント {count} 件")
NO_FLOW = Text(en="No data flow is known yet.", ja="データの流れはまだわかりません。")
HOW_FLOW = Text(
    en="The picture is drawn from the platform map (`hinomi platform init` drafts one), and from the tables that jobs read and write.",
    ja="プラットフォームマップ (`hinomi platform init` で下書きを作成) と、ジョブが読み書きしたテーブルから描画します。",
)
FLOW_UNKNOWN = Text(
    en="The flow is unknown: the Schema DB did not respond.",
    ja="Schema DB に接続できないため、データの流れは不明です。",
)
LAYERS = Text(en="Layers", ja="層")
LAYER_TROUBLED = Template(en="{count} of {size} parts with an incident", ja="{size} 要素中 {count} 要素にインシデント")
LAYER_WELL = Plural(
    one="{count} part, no incident", many="{count} parts, no incident", ja="{count} 要素、インシデントなし"
)
LAYER = Text(en="Layer", ja="層")
PART = Text(en="Part", ja="要素")
STATE = Text(en="State", ja="状態")
OWNER = Text(en="Owner", ja="オーナー")
LAST_WRITE = Text(en="Last write", ja="最終書き込み")
JOBS = Text(en="Jobs", ja="ジョブ")

COUNT_OPEN = Template(en="{count} open", ja="未対応\N{NO-BREAK SPACE}{count}")
COUNT_HANDLED = Template(en="{count} handled", ja="対応中\N{NO-BREAK SPACE}{count}")
COUNT_SILENCED = Template(en="{count} silenced", ja="サイレンス中\N{NO-BREAK SPACE}{count}")
COUNT_REPAIRED = Template(en="{count} repaired", ja="復旧\N{NO-BREAK SPACE}{count}")
SERVICES = Text(en="Services", ja="サービス")

WITHOUT_YOU = Text(en="Ended without you today", ja="今日、自動で終了したもの")
NONE_ENDED = Text(en="Nothing ended today without a person.", ja="今日、自動で終了したものはありません。")
SILENCES = Text(en="Silenced", ja="サイレンス")
NO_SILENCES = Text(en="No active silences.", ja="有効なサイレンスはありません。")
SILENCE_OF = Template(en="{owner}, until {time} · {reason}", ja="{owner}、{time} まで · {reason}")
HIDDEN = Plural(one="{count} action muted", many="{count} actions muted", ja="停止したアクション {count} 件")
HINOMI = Text(en="Hinomi itself", ja="Hinomi 自体")

COLLECTORS = Text(en="Collectors", ja="コレクター")
COLLECTORS_UNKNOWN = Text(en="unknown: the Schema DB did not respond", ja="不明: Schema DB に接続できません")
NO_SNAPSHOT = Text(en="no snapshot yet", ja="スナップショットはまだありません")
COLLECTORS_FAIL = Plural(one="{count} fails: {names}", many="{count} fail: {names}", ja="{count} 件が失敗: {names}")
COLLECTORS_RUN = Plural(one="{count} collector succeeded", many="all {count} succeeded", ja="{count} 件すべて成功")
MESSAGES = Text(en="Messages", ja="メッセージ")
NONE_REJECTED = Text(en="none rejected", ja="拒否されたものはありません")
REJECTED = Plural(
    one="{count} rejected, not replayed", many="{count} rejected, not replayed", ja="拒否 {count} 件 (未再送)"
)
DELAY = Text(en="Delay", ja="遅延")
NO_EVENTS = Text(en="no event in 24 hours", ja="24 時間以内のイベントはありません")
DELAYED = Template(
    en="{duration} from an event to its incident (median of 24 hours)",
    ja="イベントからインシデントまで {duration} (24 時間の中央値)",
)
CHANNELS = Text(en="Channels", ja="チャネル")
CHANNELS_WORK = Text(en="none is broken", ja="不通のチャネルはありません")
CHANNEL_BROKEN = Template(en="{name} accepts no messages: {reason}", ja="{name} が不通: {reason}")
NOTIFICATION = Text(en="Last notification", ja="最後の通知")
NONE_SENT = Text(en="none so far", ja="まだありません")
SENT = Template(en="{target}, by {rule}", ja="{target} ({rule})")
