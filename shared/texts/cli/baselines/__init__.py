"""Texts of `hinomi baselines`."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

NOTHING_LEARNED = Text(
    en="No series is learned yet: a series needs two days of samples. `hinomi snapshot list` shows the collectors.",
    ja="学習済みの系列はまだありません。系列ごとに 2 日分のサンプルが必要です。`hinomi snapshot list` でコレクターの状態を確認できます。",
)
DAYS = Plural(one="{count} day", many="{count} days", ja="{count} 日間")
SUMMARY = Plural(
    one="{count} alarm from {series} series in {days}; with a budget of {budget} a week per series, about "
    "{promised} may be false.",
    many="{count} alarms from {series} series in {days}; with a budget of {budget} a week per series, about "
    "{promised} may be false.",
    ja="{days}に {series} 系列でアラーム {count} 件。1 系列につき週 {budget} 件の設定では、約 {promised} 件が誤検知の見込みです。",
)
MORE = Plural(
    one="{count} more series: use --limit.",
    many="{count} more series: use --limit.",
    ja="ほかに {count} 系列あります (--limit で増やせます)。",
)
NOTHING_WATCHED = Text(
    en="No metrics are watched, so none open incidents; alarms are only recorded. `hinomi baselines staged` shows the "
    "alarms that metrics would have raised.",
    ja="インシデントを作成するメトリクスはありません (記録のみ)。`hinomi baselines staged` で、発生したはずのアラームを確認できます。",
)
WATCHED = Template(
    en="Unusual values of {metric} open incidents from now on; matching series: {series} (watch {id}).",
    ja="今後、{metric} の通常と異なる値をインシデントにします。該当する系列: {series} (番号 {id})。",
)
WOULD_HAVE = Plural(
    one="In the last {days} days there would have been {count} alarm; about {promised} may be false.",
    many="In the last {days} days there would have been {count} alarms; about {promised} may be false.",
    ja="過去 {days} 日間では {count} 件のアラームになったはずです。約 {promised} 件が誤検知の見込みです。",
)
UNWATCHED = Template(
    en="Watch {id} has ended; the next history run closes its open incidents.",
    ja="番号 {id} の監視を終了しました。未復旧のインシデントは次の履歴の収集でクローズします。",
)
NO_WATCH = Template(
    en="watch {id} does not exist or has ended: `hinomi baselines list` shows the active ones",
    ja="番号 {id} は存在しないか、終了しています。有効なものは `hinomi baselines list` で確認できます",
)
NO_SERIES = Text(
    en="No stored series matches yet: the watch applies when one does.",
    ja="一致する系列はまだありません。一致する系列ができると適用されます。",
)
NO_PAIR = Template(en="'{text}' is not NAME=PATTERN", ja="'{text}' は NAME=PATTERN の形式ではありません")
METRIC = Text(en="metric", ja="メトリクス")
RESOURCE = Text(en="resource", ja="リソース")
ALARMS = Text(en="alarms", ja="アラーム")
PROMISED = Text(en="may be false", ja="誤検知の見込み")
LATEST = Text(en="latest", ja="最新")
VALUE = Text(en="value", ja="値")
USUAL = Text(en="usual", ja="通常の範囲")
RANGE = Template(en="{low} to {high}", ja="{low} ～ {high}")
STATE = Text(en="state", ja="状態")
STAGED = Text(en="recorded only", ja="記録のみ")
OPENS_INCIDENTS = Template(en="opens incidents ({id})", ja="インシデント作成 ({id})")
ID = Text(en="id", ja="番号")
LABELS = Text(en="labels", ja="ラベル")
BUDGET = Text(en="false alarms a week", ja="週あたりの誤検知")
SEVERITY = Text(en="severity", ja="重大度")
SINCE = Text(en="since", ja="開始日")
BY = Text(en="by", ja="設定者")
REASON = Text(en="reason", ja="理由")
