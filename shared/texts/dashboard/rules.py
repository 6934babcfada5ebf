"""Texts of the pages about detection rules."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

TITLE = Text(en="Rules", ja="ルール")
COUNT = Plural(
    one="{count} rule detects problems.", many="{count} rules detect problems.", ja="検知ルールは {count} 件です。"
)
NOISY = Plural(
    one="{count} of them mostly fires for problems that resolve on their own or are false alarms.",
    many="{count} of them mostly fire for problems that resolve on their own or are false alarms.",
    ja="うち {count} 件は、大半が自然に終わるインシデントまたは誤検知です。",
)
FIRED_TIMES = Plural(
    one="In 13 weeks they fired {count} time. Acted on: {acted}.",
    many="In 13 weeks they fired {count} times. Acted on: {acted}.",
    ja="過去 13 週間のインシデントは {count} 件、うち {acted} 件で対応がありました。",
)
INVALID = Text(en="The rules could not be read", ja="ルールを読み込めません")
FIND = Text(en="Rule, title or service", ja="ルール、タイトル、サービス")
ALL = Template(en="All {count}", ja="すべて {count}")
FIRED_ONLY = Template(en="Fired {count}", ja="検知あり {count}")
QUIET_ONLY = Template(en="Never fired {count}", ja="検知なし {count}")
NOT_ON_ONLY = Template(en="Staged or off {count}", ja="試行中・無効 {count}")
NO_MATCH = Text(en="No matching rules.", ja="該当するルールはありません。")
SEVERITY = Text(en="Severity", ja="重大度")
RULE = Text(en="Rule", ja="ルール")
WEEKS = Text(en="13 weeks", ja="13 週間")
FIRED = Text(en="Fired", ja="検知")
BECAME = Text(en="Outcome", ja="結果")
ACTED = Text(en="Acted on", ja="対応あり")
ALONE = Text(en="By itself", ja="自然に終了")
FALSE_ALARMS = Text(en="False alarms", ja="誤検知")
SILENCED = Text(en="Silenced", ja="抑制")
OPEN = Text(en="open", ja="未対応")
NOISY_GROUP = Text(en="Noisy", ja="ノイズの多いルール")
FIRED_GROUP = Text(en="Fired", ja="検知したルール")
QUIET_GROUP = Text(en="Did not fire", ja="検知のないルール")
IN_13_WEEKS = Text(en="in 13 weeks", ja="過去 13 週間")
WEEK_TITLE = Template(
    en="{count} in 13 weeks, {last} in the last one", ja="13 週間で {count} 件、直近 1 週間は {last} 件"
)
LEGEND: Mapping[str, Text] = {
    "focus": Text(en="acted on by a person or a remediation", ja="担当者または自動修復が対応"),
    "ctx-1": Text(en="ended by itself", ja="自然に終了"),
    "ctx-4": Text(en="open", ja="未対応"),
}

RARE = Template(en="{rule} did not fire in 13 weeks.", ja="{rule} は 13 週間検知がありません。")
OFTEN = Plural(
    one="{rule} fired {count} time in 13 weeks.",
    many="{rule} fired {count} times in 13 weeks.",
    ja="{rule} の検知は 13 週間で {count} 件です。",
)
MOSTLY_ALONE = Template(
    en="{alone} of {ended} resolved on their own.", ja="{ended} 件中 {alone} 件は自然に終了しました。"
)
WERE_FALSE = Plural(
    one="{count} of them was a false alarm.",
    many="{count} of them were false alarms.",
    ja="うち {count} 件は誤検知でした。",
)
DAYS = Plural(one="{count} day", many="{count} days", ja="{count} 日間")
STRIP = Text(en="One mark a day: tall where the rule fired.", ja="1 日 1 本。検知した日は長い線で示します。")
TODAY = Text(en="today", ja="今日")
ON_DAY = Template(en="{day}: {count}", ja="{day}: {count} 件")
WHAT_TO_DO = Text(en="What to do", ja="対応の候補")
SILENCE_LEAD = Text(
    en="Most incidents of this rule end without action by a person, or are false alarms. To silence it for a day:",
    ja="このルールのインシデントの多くは、自然に終了するか誤検知です。1 日サイレンスにするコマンド:",
)
FIRED_LATELY = Text(en="Recently fired", ja="最近の検知")
NOT_FIRED = Text(en="No incidents of this rule.", ja="このルールのインシデントはありません。")
LOOKED_AT = Text(en="Looked at: all recorded incidents.", ja="検索対象: 記録されたすべてのインシデント。")
THE_RULE = Text(en="The rule", ja="ルール")
EXPLAIN = Text(en="Why it does or does not match an entry", ja="エントリに一致する理由、しない理由")
EXAMPLES = Text(en="Examples", ja="例")
PASS = Template(en="{passed} of {total} pass", ja="{total} 件中 {passed} 件成功")
NO_EXAMPLES = Text(en="The examples are not part of this installation.", ja="この環境には例が含まれていません。")
PASSES = Text(en="passes", ja="成功")
FAILS = Text(en="fails", ja="失敗")
SECTIONS: Mapping[str, Text] = {
    "match": Text(en="matches", ja="一致する"),
    "no_match": Text(en="does not match", ja="一致しない"),
    "recovery": Text(en="recovery", ja="復旧"),
}
KIND = Text(en="kind", ja="種類")
NO_RECOVERY = Template(en="closes after {time} without a repetition", ja="{time} 再発がなければクローズ")
HAS_RECOVERY = Text(en="resolves with a recovery entry", ja="復旧エントリで復旧")
