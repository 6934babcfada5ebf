"""Texts of the page Cost."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

TITLE = Text(en="Cost", ja="費用")
NOTHING = Template(
    en="BigQuery cost nothing in the last {days} days.", ja="過去 {days} 日間の BigQuery の費用はありません。"
)
NO_HISTORY = Text(en="No BigQuery jobs seen yet.", ja="BigQuery のジョブはまだありません。")
NO_HISTORY_MORE = Text(
    en="Costs are computed from the jobs that `hinomi snapshot run` collects.",
    ja="費用は `hinomi snapshot run` で収集したジョブから計算します。",
)
TOTAL = Template(en="BigQuery cost {price} in {days} days.", ja="BigQuery の費用は {days} 日間で {price} です。")
TOTAL_MORE = Template(
    en="BigQuery cost {price} in {days} days, {percent}\N{NO-BREAK SPACE}% more than in the {days} days before.",
    ja="BigQuery の費用は {days} 日間で {price}、その前の {days} 日間より {percent}\N{NO-BREAK SPACE}% 増加しました。",
)
TOTAL_LESS = Template(
    en="BigQuery cost {price} in {days} days, {percent}\N{NO-BREAK SPACE}% less than in the {days} days before.",
    ja="BigQuery の費用は {days} 日間で {price}、その前の {days} 日間より {percent}\N{NO-BREAK SPACE}% 減少しました。",
)
TOTAL_SAME = Template(
    en="BigQuery cost {price} in {days} days, as much as in the {days} days before.",
    ja="BigQuery の費用は {days} 日間で {price}、その前の {days} 日間と同程度です。",
)
ROSE = Template(en="{key} rose by {price}.", ja="{key} が {price} 増えました。")
PRICES = Template(
    en="Prices from the settings: {per_tib} per TiB billed on demand, {per_slot_hour} per slot-hour of a "
    "reservation. Days are UTC.",
    ja="設定された単価: オンデマンド課金 1 TiB あたり {per_tib}、予約の 1 スロット時間あたり {per_slot_hour}。日付は UTC です。",
)

BY: Mapping[str, Text] = {
    "user": Text(en="User", ja="ユーザー"),
    "job": Text(en="Job", ja="ジョブ"),
    "dataset": Text(en="Dataset", ja="データセット"),
    "project": Text(en="Project", ja="プロジェクト"),
    "label": Text(en="Label", ja="ラベル"),
}
DIVIDED = Text(en="Divided by", ja="分類")
PERIOD = Text(en="Days", ja="日数")
LABEL_NAME = Text(en="Label", ja="ラベル")
SPAN = Template(en="{days} d", ja="{days} 日")
EXPORT = Text(en="Export CSV", ja="CSV 出力")

A_DAY = Text(en="Cost a day", ja="1 日あたりの費用")
A_WEEK = Text(en="Cost a week", ja="1 週間あたりの費用")
CHART_LABEL = Text(en="Cost over time, by the largest parts", ja="費用の推移 (上位の内訳)")
OTHERS = Text(en="others", ja="その他")
CHART_CAPTION = Text(
    en="The largest part is at the bottom; the strong color marks the part that rose most.",
    ja="下から費用の大きい順です。強調色: 増加額が最も大きいもの。",
)
CLICK_DAY = Text(en="A bar opens the explanation of its day.", ja="棒を選ぶと、その日の内訳を表示します。")
AS_TABLE = Text(en="Show as table", ja="表で表示")
DAY = Text(en="Day", ja="日付")
SUM = Text(en="Sum", ja="合計")

EXPLAIN = Template(en="Explain {day}", ja="{day} の内訳")
MORE_THAN_USUAL = Plural(
    one="{price} more than usual on this weekday (n = {count} week)",
    many="{price} more than usual on this weekday (n = {count} weeks)",
    ja="この曜日の通常より {price} 増加 (n = {count} 週)",
)
LESS_THAN_USUAL = Plural(
    one="{price} less than usual on this weekday (n = {count} week)",
    many="{price} less than usual on this weekday (n = {count} weeks)",
    ja="この曜日の通常より {price} 減少 (n = {count} 週)",
)
NO_USUAL = Text(
    en="learning: no earlier week has a job on this weekday",
    ja="学習中: これより前の週に、この曜日のジョブがありません",
)
USUAL_MEANS = Text(
    en="Usual: the mean of the same weekday in the eight weeks before. Parts under 3 % of the change are in one row.",
    ja="通常: それ以前の 8 週間の同じ曜日の平均。増減の 3 % 未満のものは 1 行にまとめています。",
)
BEFORE_DAY = Text(en="Day before", ja="前日")
AFTER_DAY = Text(en="Day after", ja="翌日")
WHAT = Text(en="What", ja="内容")
THAT_DAY = Text(en="That day", ja="当日")
USUAL = Text(en="Usual", ja="通常")
CHANGE = Text(en="Change", ja="増減")
OF_CHANGE = Text(en="Share of the change", ja="増減に占める割合")
MANY_OTHERS = Plural(
    one="{count} other, under 3 %", many="{count} others, each under 3 %", ja="その他 {count} 件 (各 3 % 未満)"
)
NOTHING_THAT_DAY = Text(en="No BigQuery job ran on this day.", ja="この日に実行された BigQuery ジョブはありません。")

PARTS: Mapping[str, Text] = {
    "user": Text(en="By user", ja="ユーザー別"),
    "job": Text(en="By job", ja="ジョブ別"),
    "dataset": Text(en="By dataset", ja="データセット別"),
    "project": Text(en="By project", ja="プロジェクト別"),
    "label": Text(en="By label", ja="ラベル別"),
}
DATASETS_MEAN = Text(
    en="a job's cost is divided evenly among the datasets that it reads",
    ja="ジョブの費用は、読み取るデータセットに等分しています",
)
PRICE = Text(en="Price", ja="費用")
SHARE = Text(en="Share", ja="割合")
VERSUS = Text(en="vs before", ja="前の期間比")
RUNS = Text(en="Runs", ja="実行回数")
BILLED = Text(en="Billed", ja="課金量")
SLOT_HOURS = Text(en="Slot-hours", ja="スロット時間")
RESERVED = Text(en="Reserved", ja="予約分")
SHOWN = Template(en="{first}–{last} of {count}.", ja="{count} 件中 {first} ～ {last} 件目。")
NEXT = Text(en="Next page", ja="次のページ")
PREVIOUS = Text(en="Previous page", ja="前のページ")
NO_LABELS = Text(en="No BigQuery job has a label.", ja="ラベルの付いた BigQuery ジョブはありません。")

WAITS = Text(en="Who waited for whom", ja="スロット待ちと占有者")
WAITS_ASIDE = Text(
    en="share of the slots while it waited · waits of at least a minute", ja="待機中のスロットの占有率 · 1 分以上の待機"
)
LAST_DAYS = Plural(one="last {count} day", many="last {count} days", ja="過去 {count} 日間")
WAITED = Text(en="Waited", ja="待機したジョブ")
FOR = Text(en="For", ja="待ち時間")
HELD_BY = Text(en="Slots were used by", ja="スロットの使用者")
OUTCOME = Text(en="Outcome", ja="結果")
NO_WAITS = Text(en="No job waited a minute for slots.", ja="1 分以上スロットを待ったジョブはありません。")
NO_WAITS_MORE = Text(en="Looked at: BigQuery jobs of the last 7 days.", ja="検索対象: 過去 7 日間の BigQuery ジョブ。")
NOBODY = Text(en="no other job on the same slots", ja="同じスロットを使うジョブはなし")

OWN = Text(en="Hinomi itself", ja="Hinomi 自体")
OWN_ASIDE = Text(en="cost of monitoring", ja="監視にかかる費用")
OWN_QUERIES = Text(en="Queries of the collectors", ja="コレクターのクエリ")

WAIT_TITLE = Text(en="A wait for slots", ja="スロット待ちの詳細")
NO_SUCH_WAIT = Text(en="No such BigQuery run has started.", ja="開始済みの該当する BigQuery ジョブはありません。")
WAIT_WAITED = Template(en="{job} waited {took} for slots.", ja="{job} はスロットを {took}待ちました。")
WAIT_NOT = Template(
    en="{job} did not wait. It ran for {took}.", ja="{job} は待機していません。実行時間は {took} です。"
)
WAIT_FROM = Template(en="From {start} to {end}.", ja="{start} から {end} まで。")
WAIT_WHERE = Template(en="Slots of {place}.", ja="{place} のスロット。")
SLOTS_USED = Text(en="Slots used meanwhile", ja="その間のスロットの使用")
SLOT_SECONDS = Text(en="Slot-seconds", ja="スロット秒")
MORE_THAN = Text(en="More than usual", ja="通常との差")
WHO = Text(en="Who", ja="使用者")
WAIT_USUAL = Plural(
    one="Usual: the median at the same time of day, over {count} day before.",
    many="Usual: the median at the same time of day, over {count} days before.",
    ja="通常: それ以前の {count} 日間の同時刻の中央値。",
)
NO_CONTENDER = Text(
    en="No other job used these slots meanwhile.", ja="その間、同じスロットを使うジョブはありませんでした。"
)
