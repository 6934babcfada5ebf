"""Texts of the performance pages: the overview of small charts, and the page of one metric."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

TITLE = Text(en="Performance", ja="パフォーマンス")
NOTHING = Text(en="No metrics yet.", ja="メトリクスはまだありません。")
NOTHING_MORE = Text(
    en="Metrics appear after the first snapshot: run `hinomi snapshot run`.",
    ja="最初のスナップショットの後に表示されます。`hinomi snapshot run` を実行してください。",
)
BEYOND = Plural(
    one="{count} of {all} metrics is beyond its limit.",
    many="{count} of {all} metrics are beyond their limits.",
    ja="{all} 件中 {count} 件のメトリクスがしきい値を超えています。",
)
ALL_INSIDE = Plural(
    one="{count} metric is within its limit.",
    many="{count} metrics are within their limits.",
    ja="{count} 件のメトリクスはすべてしきい値の範囲内です。",
)
WITHOUT_VALUE = Plural(
    one="{count} has no value from the last 3 hours.",
    many="{count} have no value from the last 3 hours.",
    ja="{count} 件は過去 3 時間の値がありません。",
)
LIMITS_MEAN = Text(
    en="The limits are the limits of the load check; the usual range is learned from the history of each metric.",
    ja="しきい値は負荷チェックのものです。通常の範囲は、メトリクスごとの履歴から学習します。",
)
NOTHING_NOW = Text(en="The current state is unknown.", ja="現在の状態は不明です。")
STALE = Text(en="No metric has a value from the last 3 hours.", ja="過去 3 時間の値があるメトリクスはありません。")
STALE_MORE = Text(
    en="New values may not be collected: `hinomi snapshot list` shows the collectors.",
    ja="新しい値を収集できていない可能性があります。`hinomi snapshot list` でコレクターの状態を確認してください。",
)
NO_MATCH = Text(en="No matching metrics.", ja="該当するメトリクスはありません。")
LOOKED_AT = Text(en="Looked at: metric, description and resource.", ja="検索対象: メトリクス、説明、リソース。")
CLEAR = Text(en="Clear the filters", ja="条件をクリア")
SEARCH = Text(en="Metric or resource", ja="メトリクスまたはリソース")
ALL = Text(en="All", ja="すべて")
SERVICE = Text(en="Service", ja="サービス")
RANGE = Text(en="Range", ja="期間")
UNUSUAL_NOW = Text(en="outside its usual range", ja="通常の範囲外")
UNUSUAL = Text(en="Outside the usual range", ja="通常の範囲外")
REACHES = Template(
    en="will reach the limit in {likely} if the trend continues (nine times out of ten in {soonest} to {latest})",
    ja="このままの推移では {likely}後にしきい値に達します (90 % の確率で {soonest} ～ {latest}後)",
)
MAY_REACH = Template(
    en="may reach the limit in {likely} if the trend continues, in {soonest} at the earliest; the trend is uncertain",
    ja="このままの推移では {likely}後にしきい値に達する可能性があります (最短 {soonest}後、推移は不確か)",
)
ALL_UNUSUAL = Text(en="Unusual values", ja="通常と異なる値")
STAGED_COUNT = Plural(
    one="{count} alarm in {days} days by learned ranges.",
    many="{count} alarms in {days} days by learned ranges.",
    ja="学習した範囲によるアラームは {days} 日間で {count} 件です。",
)
STAGED_NONE = Text(en="No series is learned yet.", ja="学習済みの系列はまだありません。")
STAGED_NONE_MORE = Text(
    en="A series needs two days of samples; `hinomi snapshot list` shows the collectors.",
    ja="系列ごとに 2 日分のサンプルが必要です。`hinomi snapshot list` でコレクターの状態を確認できます。",
)
ABOUT_SO_MANY = Template(en="about {count}", ja="約 {count} 件")
FEWER_THAN_ONE = Text(en="fewer than 0.1", ja="0.1 件未満")
STAGED_MORE = Plural(
    one="{count} series is learned; with a budget of {budget} false alarms a week per series, {promised} "
    "may be false. Metrics are only recorded until `hinomi baselines watch METRIC`.",
    many="{count} series are learned; with a budget of {budget} false alarms a week per series, {promised} "
    "may be false. Metrics are only recorded until `hinomi baselines watch METRIC`.",
    ja="学習済みの系列は {count} 件です。1 系列につき週 {budget} 件の設定では、{promised}が誤検知の見込みです。"
    "`hinomi baselines watch METRIC` を実行するまでは記録のみです。",
)
WATCHED = Text(en="Metrics that open incidents", ja="インシデントを作成するメトリクス")
NO_WATCHED = Text(en="None: all are recorded only.", ja="ありません。すべて記録のみです。")
BY_SERIES = Text(en="By series", ja="系列別")
NO_STAGED = Text(en="No alarms in this period.", ja="この期間のアラームはありません。")
ALARMS = Text(en="Alarms", ja="アラーム")
MAY_BE_FALSE = Text(en="May be false", ja="誤検知の見込み")
LATEST = Text(en="Latest", ja="最新")
STATE = Text(en="State", ja="状態")
RECORDED = Text(en="recorded only", ja="記録のみ")
OPENS = Text(en="opens incidents", ja="インシデント作成")
BUDGET_SHOWN = Template(en="{budget} false alarms a week per series", ja="1 系列につき週 {budget} 件の誤検知")
LAST_90_DAYS = Text(en="In the last 90 days", ja="過去 90 日間")
BY_LEARNED = Text(en="By the learned range", ja="学習した範囲")
BY_LIMIT = Text(en="By the limit", ja="しきい値")
ALARMS_OF = Plural(
    one="{count} alarm, {promised} may be false",
    many="{count} alarms, {promised} may be false",
    ja="アラーム {count} 件 ({promised}が誤検知の見込み)",
)
AND_THEN = Template(en="{first}; {second}", ja="{first}、{second}")
INCIDENTS_OF = Plural(one="{count} incident", many="{count} incidents", ja="インシデント {count} 件")
SHARED_OF = Plural(
    one="both raised {count} of them",
    many="both raised {count} of them",
    ja="うち両方で検知 {count} 件",
)
UNUSUAL_COUNT = Plural(
    one="{count} is outside its usual range.",
    many="{count} are outside their usual range.",
    ja="{count} 件は通常の範囲を外れています。",
)
LEARNING = Text(en="the usual range is being learned (two days)", ja="通常の範囲を学習中です (2 日間)")
USUAL_NOW = Template(en="usual at this time: {low} to {high}", ja="この時刻の通常の範囲は {low} ～ {high}")
USUAL = Text(en="Usual", ja="通常の範囲")
FROM_LOW_TO_HIGH = Template(en="{low} to {high}", ja="{low} ～ {high}")
CHANCE = Text(en="Chance", ja="偶然の確率")
ONE_IN = Template(en="1 in {count}", ja="{count} 回に 1 回")
OUTSIDE_ONE_IN = Template(en="outside, 1 in {count}", ja="範囲外、{count} 回に 1 回")
CAPTION_BAND = Text(
    en="Area: the usual range, learned from earlier values; dots are outside it.",
    ja="面: 過去の値から学習した通常の範囲。点: 範囲を外れた値。",
)
CAPTION_BAND_HOURS = Text(
    en="Light area: the usual range of samples, learned from earlier values; dots are outside it.",
    ja="薄い面: 過去の値から学習した通常の範囲。点: 範囲を外れた値。",
)
BEYOND_LIMIT = Text(en="Beyond the limit", ja="しきい値超過")
LIMIT_IS = Template(en="limit {limit}", ja="しきい値 {limit}")
OVER = Template(en="over {limit}", ja="{limit} 超過")
UNDER = Template(en="under {limit}", ja="{limit} 未満")
NO_VALUE = Text(en="no value for 3 h", ja="3 時間値なし")
SHOWN = Template(en="{first}–{last} of {count}.", ja="{count} 件中 {first} ～ {last} 件目。")
MOST = Template(
    en="Only the first {count} are listed: choose a service or search.",
    ja="先頭の {count} 件のみ表示しています。サービスを選択するか検索してください。",
)
NEXT = Text(en="Next page", ja="次のページ")
PREVIOUS = Text(en="Previous page", ja="前のページ")

RANGES: Mapping[str, Text] = {
    "1h": Text(en="1 h", ja="1 時間"),
    "6h": Text(en="6 h", ja="6 時間"),
    "24h": Text(en="24 h", ja="24 時間"),
    "7d": Text(en="7 d", ja="7 日"),
    "30d": Text(en="30 d", ja="30 日"),
    "90d": Text(en="90 d", ja="90 日"),
    "1y": Text(en="1 y", ja="1 年"),
    "2y": Text(en="2 y", ja="2 年"),
}

NO_SERIES = Text(en="No such metric.", ja="該当するメトリクスはありません。")
NO_SERIES_MORE = Text(
    en="Its resource may have been deleted, and its values may have passed their retention.",
    ja="リソースが削除され、値の保持期間が過ぎた可能性があります。",
)
NOW_IS = Template(en="{name} of {resource}: {value} now.", ja="{resource} の{name}: 現在 {value}")
NOW_BEYOND = Template(
    en="{name} of {resource}: {value} now, beyond the limit of {limit}.",
    ja="{resource} の{name}: 現在 {value} (しきい値 {limit} を超過)",
)
NOT_NOW = Template(
    en="{name} of {resource}: no value from the last 3 hours.", ja="{resource} の{name}: 過去 3 時間の値がありません"
)
WEEK_AGO = Template(en="{value} a week ago at this time", ja="1 週間前の同時刻は {value}")
OPENS_AFTER = Template(
    en="an incident opens after {length} beyond {limit}",
    ja="{limit} を超えた状態が {length}続くとインシデントになります",
)
COMPARE = Text(en="Compare with last week", ja="前週と比較")
EARLIER = Text(en="Earlier", ja="前の期間")
LATER = Text(en="Later", ja="次の期間")
EXPORT = Text(en="Export CSV", ja="CSV 出力")
FROM_TO = Template(en="{start} to {end} {zone}", ja="{start} ～ {end} {zone}")
CAPTIONS: Mapping[str, Text] = {
    "sample": Text(en="Samples of five minutes.", ja="5 分ごとの値です。"),
    "hour": Text(
        en="Hourly means; the area spans the smallest to the largest sample.",
        ja="1 時間の平均です。面は最小値から最大値です。",
    ),
    "day": Text(
        en="Daily means; the area spans the smallest to the largest sample.",
        ja="1 日の平均です。面は最小値から最大値です。",
    ),
}
CAPTION_DELTA = Text(en="A sample is the sum over five minutes.", ja="値は 5 分間の合計です。")
CAPTION_BEFORE = Text(en="Dashed blue: a week before.", ja="青い破線: 1 週間前。")
CAPTION_LIMIT = Text(en="Dashed: the limit.", ja="破線: しきい値。")
FAR_LIMIT = Template(en="The limit {limit} is far above this range.", ja="しきい値 {limit} ははるか上です。")
ZOOM = Text(en="Drag to zoom", ja="ドラッグで拡大")
AS_TABLE = Text(en="Show as table", ja="表で表示")
NO_POINTS = Text(en="No values in this range.", ja="この期間の値はありません。")
NO_POINTS_MORE = Text(
    en="Samples are kept for two weeks, hourly values for a year, daily values forever.",
    ja="5 分ごとの値は 2 週間、1 時間ごとの値は 1 年間保持し、1 日ごとの値は削除しません。",
)
TIME = Text(en="Time", ja="時刻")
VALUE = Text(en="Value", ja="値")
LEAST = Text(en="Minimum", ja="最小")
GREATEST = Text(en="Maximum", ja="最大")
WEEK_BEFORE = Text(en="A week before", ja="1 週間前")
BESIDE = Text(en="Related metrics", ja="同じ期間の関連メトリクス")
INCIDENTS = Text(en="Incidents of the service in this range", ja="この期間のサービスのインシデント")
NO_INCIDENTS = Text(
    en="No load incident of the service in this range.", ja="この期間に、このサービスの負荷インシデントはありません。"
)
FACTS = Text(en="What is measured", ja="測定内容")
METRIC = Text(en="Metric", ja="メトリクス")
RESOURCE = Text(en="Resource", ja="リソース")
PROJECT = Text(en="Project", ja="プロジェクト")
LABELS = Text(en="Labels", ja="ラベル")
RULE = Text(en="Limit of rule", ja="しきい値のルール")
LARGE_CHART = Template(en="{name} over time", ja="{name}の推移")

TRY_LIMIT = Text(en="Try a limit", ja="しきい値を試す")
TRY_VALUE = Text(en="An incident when", ja="条件:")
TRY_SIDES: Mapping[str, Text] = {
    "above": Text(en="above", ja="次の値を超える"),
    "below": Text(en="below", ja="次の値を下回る"),
}
TRY_FOR = Text(en="for", ja="継続時間")
TRY_UNIT = Text(en="minutes", ja="分")
TRY_IT = Text(en="Try", ja="試す")
TRY_NUMBER = Text(
    en="Enter the limit as a number, in the unit of the metric.",
    ja="しきい値をメトリクスの単位の数値で入力してください。",
)
TRY_MINUTES = Text(en="Enter minutes from 0 to 10080.", ja="分を 0 から 10080 までの数値で入力してください。")
TRIED = Plural(
    one="It would have opened {count} incident in this range.",
    many="It would have opened {count} incidents in this range.",
    ja="この期間のインシデントは {count} 件になります。",
)
LASTED = Template(en="for {duration}", ja="継続時間 {duration}")
TRY_ABOUT = Text(
    en="Tried on the stored values of the chosen range: samples of the last 13 days, hourly or daily means "
    "before that. Nothing is changed.",
    ja="選択した期間の記録 (直近 13 日はサンプル、それ以前は 1 時間または 1 日の平均) で判定します。設定は変更されません。",
)
