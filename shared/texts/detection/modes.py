"""Texts about the modes of detection rules: on command lines and pages."""

from __future__ import annotations

from collections.abc import Mapping

from shared.model import RuleMode
from shared.texts import Plural, Template, Text

MODES: Mapping[RuleMode, Text] = {
    RuleMode.ENABLED: Text(en="on", ja="有効"),
    RuleMode.STAGED: Text(en="staged", ja="試行中"),
    RuleMode.DISABLED: Text(en="off", ja="無効"),
}
MODE = Text(en="state", ja="状態")
STAGED_TIMES = Plural(
    one="would have fired {count} time for {problems}, last {time}",
    many="would have fired {count} times for {problems}, last {time}",
    ja="検知相当 {count} 件 ({problems})、最終 {time}",
)
PROBLEMS = Plural(one="{count} problem", many="{count} problems", ja="問題 {count} 件")
OF_RULE = Template(en="{rule}: {what}", ja="{rule}: {what}")
NOT_FIRED = Text(en="would not have fired so far", ja="検知相当の事象なし")

CHANGED: Mapping[RuleMode | None, Plural] = {
    RuleMode.ENABLED: Plural(
        one="{rules} is on: it opens incidents from the next message on.",
        many="{rules} are on: they open incidents from the next message on.",
        ja="{rules} を有効にしました。次のメッセージからインシデントを作成します。",
    ),
    RuleMode.STAGED: Plural(
        one="{rules} is staged: what it would have found is recorded, without incidents and notifications.",
        many="{rules} are staged: what they would have found is recorded, without incidents and notifications.",
        ja="{rules} を試行中にしました。検知相当の事象を記録し、インシデントの作成と通知は行いません。",
    ),
    RuleMode.DISABLED: Plural(
        one="{rules} is off: nothing that it finds is recorded.",
        many="{rules} are off: nothing that they find is recorded.",
        ja="{rules} を無効にしました。検知しても記録しません。",
    ),
    None: Plural(
        one="{rules} has the state of its file again.",
        many="{rules} have the state of their files again.",
        ja="{rules} をルールファイルのとおりに戻しました。",
    ),
}
UNKNOWN_MODE = Template(
    en="unknown change of a rule '{mode}': use one of {modes}",
    ja="ルールの変更 '{mode}' は無効です。{modes} のいずれかを指定してください",
)
OPEN_STAY = Text(
    en="Open incidents stay open until they recover or are resolved.",
    ja="未復旧のインシデントは、自動または手動で復旧するまで残ります。",
)
UNREAD = Template(
    en="The Error DB cannot be read, so the states come from the rule files: {error}",
    ja="Error DB を読み込めないため、ルールファイルの状態を表示しています: {error}",
)

# On the pages of rules.
STAGED_GROUP = Text(en="Staged: recorded without incidents", ja="試行中: インシデントを作成せず記録のみ")
DISABLED_GROUP = Text(en="Off", ja="無効")
WOULD_HAVE = Text(en="Would have fired", ja="検知相当の事象")
NOTHING_YET = Text(en="Nothing so far.", ja="まだありません。")
SINCE = Template(en="{mode} since {time}", ja="{time} から{mode}")
BY = Template(en="by {who}", ja="変更者 {who}")
BUTTONS: Mapping[str, Text] = {
    "enable": Text(en="Switch on", ja="有効にする"),
    "stage": Text(en="Stage: record only", ja="試行する (記録のみ)"),
    "disable": Text(en="Switch off", ja="無効にする"),
    "reset": Text(en="As in its file", ja="ルールファイルのとおりに戻す"),
}
STATE = Text(en="State", ja="状態")
BY_FILE = Text(en="as its file says", ja="ルールファイルのとおり")
