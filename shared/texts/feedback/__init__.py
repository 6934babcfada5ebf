"""Texts about feedback on learned alarms, and its effect."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

TITLE = Text(en="Was this alarm right?", ja="このアラームは適切でしたか")
VERDICTS = {
    "expected": Text(en="expected once", ja="今回のみ想定内"),
    "new_normal": Text(en="new normal from now on", ja="今後はこれが通常"),
    "never": Text(en="never alert", ja="今後は通知しない"),
    "real": Text(en="real", ja="実際の問題"),
}
EFFECT = Plural(
    one="{after} of {count} alarm of the last {days} days remains",
    many="{after} of {count} alarms of the last {days} days remain",
    ja="過去 {days} 日間のアラーム {count} 件のうち {after} 件が残ります",
)
NO_EFFECT = Plural(
    one="keeps the only alarm of the last {days} days",
    many="keeps all {count} alarms of the last {days} days",
    ja="過去 {days} 日間のアラーム {count} 件をすべて維持",
)
RATED = Template(en="{by} says: {verdict}.", ja="{by} の評価: {verdict}。")
TAKE_BACK = Text(en="Withdraw", ja="取り消す")
GIVEN = Template(en="#{id}: {verdict}; {effect}.", ja="#{id}: {verdict}。{effect}。")
TAKEN_BACK = Template(
    en="#{id}: the feedback no longer applies. The incident stays as it is.",
    ja="#{id}: 評価を取り消しました。インシデントの状態は変わりません。",
)
NONE_GIVEN = Template(en="#{id} has no feedback.", ja="#{id} に評価はありません。")
NOT_LEARNED = Template(
    en="#{id} is not an alarm that was learned from the past. Use `hinomi incidents false-alarm` for the others.",
    ja="#{id} は過去から学習したアラームではありません。ほかのインシデントには `hinomi incidents false-alarm` を使用します。",
)
UNKNOWN_VERDICT = Template(
    en="Invalid feedback '{verdict}'. Use expected, new-normal, never or real.",
    ja="評価 '{verdict}' は無効です。expected、new-normal、never、real のいずれかを指定してください。",
)
LINE = Template(en="{command}: {effect}", ja="{command}: {effect}")
