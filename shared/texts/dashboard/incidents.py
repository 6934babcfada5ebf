"""Texts of the page Incidents."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

TITLE = Text(en="Incidents", ja="インシデント")
OPEN_COUNT = Plural(
    one="{count} incident is open.", many="{count} incidents are open.", ja="未復旧のインシデントは {count} 件です。"
)
NEED_YOU = Plural(
    one="{count} of them needs you.", many="{count} of them need you.", ja="うち {count} 件が対応を待っています。"
)
ALL_NEED_YOU = Text(en="All of them need you.", ja="すべて対応を待っています。")
IT_NEEDS_YOU = Text(en="It needs you.", ja="対応を待っています。")
NEEDS_NOBODY = Text(en="None of them needs you.", ja="対応が必要なものはありません。")
NONE_OPEN = Text(en="No incident is open.", ja="未復旧のインシデントはありません。")
MATCHING_OPEN = Plural(
    one="{count} matching incident is open.",
    many="{count} matching incidents are open.",
    ja="条件に一致する未復旧のインシデントは {count} 件です。",
)
NO_MATCHING_OPEN = Text(en="No matching incident is open.", ja="条件に一致する未復旧のインシデントはありません。")
ENDED = Plural(
    one="Last {days} days: {count} incident ended, {alone} of them without a person.",
    many="Last {days} days: {count} incidents ended, {alone} of them without a person.",
    ja="直近 {days} 日間に {count} 件が終了し、うち {alone} 件は人の対応なしに終了しました。",
)
SEARCH = Text(en="Rule, resource, person, #number", ja="ルール、対象、実行者、#番号")
SEARCH_LABEL = Text(en="Search", ja="検索")
NOW = Text(en="Now", ja="現在")
OPEN = Text(en="Open", ja="未復旧")
RESOLVED = Text(en="Resolved", ja="終了")
SILENCED = Text(en="Silenced", ja="サイレンス中")
STATE = Text(en="State", ja="状態")
SEVERITY = Text(en="Severity", ja="重大度")
AT_LEAST = Template(en="{severity} or higher", ja="{severity}以上")
SERVICE = Text(en="Service", ja="サービス")
KIND = Text(en="Kind", ja="種類")
ERROR = Text(en="Error", ja="エラーの種類")
OWNER = Text(en="Owner", ja="オーナー")
PERIOD = Template(en="Last {days} days", ja="直近 {days} 日間")
DAY = Text(en="Last 24 hours", ja="直近 24 時間")
ANY = Text(en="Any", ja="すべて")
CLEAR = Text(en="Clear the filters", ja="絞り込みを解除")
WHAT = Text(en="What", ja="内容")
LAST = Text(en="Last", ja="最新の状況")
COUNT = Text(en="Count", ja="回数")
SINCE = Template(en="Since ({zone})", ja="発生 ({zone})")
TIMES = Template(en="{count} ×", ja="{count} 回")
NO_OWNER = Text(en="no owner", ja="なし")
EFFECT_OF = Template(en="effect of #{id}", ja="#{id} の影響")
MORE_EFFECTS = Template(en="{count} more effects", ja="ほか {count} 件の影響")
SELECT_ALIKE = Template(en="Select all {count} from {rule}", ja="{rule} の {count} 件をすべて選択")
SELECT = Text(en="Select", ja="選択")
SELECT_ONE = Template(en="Select #{id}", ja="#{id} を選択")

GROUP_YOU = Text(en="Needs you", ja="対応待ち")
GROUP_HANDLED = Text(en="Being handled", ja="対応中")
GROUP_SILENCED = Text(en="Silenced", ja="サイレンス中")
GROUP_TODAY = Text(en="Ended today", ja="今日終了")
GROUP_YESTERDAY = Text(en="Ended yesterday", ja="昨日終了")
GROUP_EARLIER = Text(en="Ended earlier", ja="それ以前に終了")

WAITS_FOR_APPROVAL = Text(en="waits for approval", ja="承認待ち")
SILENCED_UNTIL = Template(en="until {time}", ja="{time} まで")
ACKNOWLEDGED_AT = Template(en="{by}, {time}", ja="{by} ({time})")
RUNS = Template(en="{action} is running", ja="{action} を実行中")
RETRY_AT = Template(en="retry at {time}", ja="{time} に再試行")
PLANNED_AT = Template(en="{action} at {time}", ja="{time} に {action}")
NO_ACTION = Text(en="no automatic action", ja="自動対応なし")
ACTION_FAILED = Template(en="{action} failed", ja="{action} は失敗")
NOT_FIXED_YET = Template(en="{action} did not fix it", ja="{action} では未解消")
REPAIRED_IN = Template(en="repaired after {duration}", ja="{duration}で自動復旧")
RECOVERED_IN = Template(en="resolved by itself after {duration}", ja="{duration}で自然に復旧")

NEW = Plural(
    one="{count} new incident since you opened the page.",
    many="{count} new incidents since you opened the page.",
    ja="表示後に新しいインシデントが {count} 件発生しました。",
)
ALL_ENDED = Text(en="All ended incidents", ja="終了したインシデントをすべて表示")
ALL_OPEN = Template(en="All {count} open incidents", ja="未復旧のインシデント {count} 件をすべて表示")
SHOW_NEW = Text(en="Show", ja="表示する")
SELECTED = Text(en="selected", ja="件を選択中")
ACKNOWLEDGE = Text(en="Acknowledge", ja="対応を開始")
ACKNOWLEDGED = Plural(
    one="{count} incident acknowledged.", many="{count} incidents acknowledged.", ja="{count} 件の対応を開始しました。"
)
NOTHING_SELECTED = Text(
    en="Nothing was acknowledged: select open incidents.", ja="未対応のインシデントを選択してください。"
)
OLDER = Text(en="Older incidents", ja="さらに前のインシデント")
FIRST = Text(en="Latest incidents", ja="最新に戻る")
NO_MATCH = Text(en="No matching incidents.", ja="該当するインシデントはありません。")
LOOKED_AT = Template(en="Looked at: {filters}.", ja="検索対象: {filters}。")
EVERYTHING_OPEN = Text(en="all unresolved incidents", ja="未復旧のすべてのインシデント")
TOO_MANY = Template(
    en="The {count} most severe of {total} open incidents are shown. Narrow the list with the filters.",
    ja="未復旧 {total} 件のうち、重大度の高い {count} 件を表示しています。条件で絞り込んでください。",
)
