"""Help of `hinomi incidents`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_IDS = Text(en="Incident ids, as `list` shows them.", ja="`list` に表示されるインシデントの ID。")

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["incidents"]),
    "list": HelpPage(
        summary=Text(
            en="List unresolved incidents, the most severe first.",
            ja="未復旧のインシデントを重大度の高い順に一覧表示します。",
        ),
        details=Text(
            en="Resolved incidents are included with --all or --status resolved.",
            ja="復旧済みのインシデントは --all または --status resolved で表示します。",
        ),
        parameters={
            "status": Text(en="Only this status; may be repeated.", ja="この状態のみ。複数指定できます。"),
            "kind": Text(en="Only this kind.", ja="この種類のみ。"),
            "service": Text(en="Only this service, such as bigquery.", ja="このサービスのみ (例: bigquery)。"),
            "severity": Text(en="At least this severity.", ja="この重大度以上。"),
            "project": Text(en="Only this Google Cloud project.", ja="この Google Cloud プロジェクトのみ。"),
            "since": Text(
                en="Last seen after this time, or within this duration: 2026-11-23T10:00, 24h, 7d.",
                ja="この日時以降、またはこの期間内に発生したもの (例: 2026-11-23T10:00、24h、7d)。",
            ),
            "text": Text(
                en="Only with this text in the rule, title, resource, principal or summary.",
                ja="ルール、タイトル、対象、実行者、概要のいずれかにこの文字列を含むもの。",
            ),
            "error": Text(
                en="Only failed jobs with this class of error.",
                ja="ジョブ失敗のうち、この種類のエラーのみ。",
            ),
            "everything": Text(en="Include resolved incidents.", ja="復旧済みのインシデントも表示します。"),
            "limit": Text(en="Show at most this many.", ja="表示する最大件数。"),
        },
        examples=(
            Example(
                "hinomi incidents list --severity high --since 7d",
                Text(
                    en="Unresolved incidents of the last 7 days with high or critical severity.",
                    ja="過去 7 日間に発生した、重大度が高以上の未復旧インシデントを表示します。",
                ),
            ),
        ),
    ),
    "show": HelpPage(
        summary=Text(
            en="Show one incident: facts, evidence, changes before it, actions and occurrences.",
            ja="1 件のインシデントの概要、検知の根拠、直前の変更、実行したアクション、発生履歴を表示します。",
        ),
        parameters={
            "incident": Text(en="Incident id, as `list` shows it.", ja="`list` に表示されるインシデントの ID。")
        },
        examples=(
            Example("hinomi incidents show 42", Text(en="Show incident 42.", ja="インシデント 42 を表示します。")),
        ),
    ),
    "ack": HelpPage(
        summary=Text(
            en="Acknowledge incidents: record who is working on them.",
            ja="インシデントを対応中にし、担当者を記録します。",
        ),
        details=Text(en="Handler rules apply as before.", ja="ハンドラールールは引き続き適用されます。"),
        parameters={
            "ids": _IDS,
            "by": Text(en="Person who is working on them. [default: you]", ja="担当者。[既定値: 実行したユーザー]"),
        },
        examples=(
            Example(
                "hinomi incidents ack 42 43 --by alice",
                Text(
                    en="Alice takes care of incidents 42 and 43.", ja="インシデント 42 と 43 を alice の担当にします。"
                ),
            ),
        ),
    ),
    "resolve": HelpPage(
        summary=Text(en="Resolve incidents by hand.", ja="インシデントを手動で復旧済みにします。"),
        details=Text(
            en="Actions of handler rules for `resolved` are planned and run with the next sweep.",
            ja="`resolved` を対象とするハンドラールールのアクションは、次回の定期処理で実行されます。",
        ),
        parameters={
            "ids": _IDS,
            "reason": Text(en="Reason; stored with the incident.", ja="理由。インシデントとともに記録されます。"),
        },
        examples=(
            Example(
                "hinomi incidents resolve 42 --reason 'table restored'",
                Text(en="Resolve incident 42.", ja="インシデント 42 を復旧済みにします。"),
            ),
        ),
    ),
    "false-alarm": HelpPage(
        summary=Text(
            en="Mark incidents as false alarms, and resolve those that are unresolved.",
            ja="インシデントを誤検知として記録し、未復旧のものは復旧済みにします。",
        ),
        details=Text(
            en="`/rules` and the reports count the false alarms of each rule. --undo removes the mark; the "
            "incident stays resolved.",
            ja="誤検知の件数は /rules とレポートにルール別で表示されます。--undo で記録を取り消します。インシデントは復旧済みのままです。",
        ),
        parameters={
            "ids": _IDS,
            "reason": Text(
                en="Why it is not a problem; stored with the incident.",
                ja="問題ではない理由。インシデントに記録されます。",
            ),
            "by": Text(en="The person who decides this. [default: you]", ja="記録する人。[既定値: 実行したユーザー]"),
            "undo": Text(en="Remove the mark.", ja="記録を取り消します。"),
        },
        examples=(
            Example(
                "hinomi incidents false-alarm 42 --reason 'a planned migration'",
                Text(en="Mark incident 42 as a false alarm.", ja="インシデント 42 を誤検知として記録します。"),
            ),
        ),
    ),
    "feedback": HelpPage(
        summary=Text(en="Say whether a learned alarm was right.", ja="学習によるアラームが適切だったかを記録します。"),
        details=Text(
            en="For unusual values of metrics and late jobs. Without a verdict, each verdict is listed with the alarms of the last 90 days that would remain. "
            "expected: this alarm was expected, later ones are not. new-normal: such values or delays are no alarm for 28 days, in which they are learned. "
            "never: no alarm of this series or job opens an incident. real: it was a problem. All but real resolve the incident.",
            ja="メトリクスの通常と異なる値とジョブの遅延が対象です。評価を省略すると、それぞれの評価で過去 90 日間のアラームが何件残るかを表示します。"
            "expected: 今回のみ想定内。new-normal: 同程度の値や遅延は、学習が済むまでの 28 日間アラームにしない。"
            "never: この系列またはジョブではインシデントを作成しない。real: 実際の問題だった。real 以外はインシデントを復旧済みにします。",
        ),
        parameters={
            "incident": Text(en="Incident id, as `list` shows it.", ja="`list` に表示されるインシデントの ID。"),
            "verdict": Text(
                en="expected, new-normal, never or real.", ja="expected、new-normal、never、real のいずれか。"
            ),
            "reason": Text(en="Why; stored with the incident.", ja="理由。インシデントに記録されます。"),
            "by": Text(en="The person who decides this. [default: you]", ja="記録する人。[既定値: 実行したユーザー]"),
            "undo": Text(en="Withdraw the feedback.", ja="評価を取り消します。"),
        },
        examples=(
            Example(
                "hinomi incidents feedback 42",
                Text(en="What would each verdict change?", ja="それぞれの評価で何が変わるかを表示します。"),
            ),
            Example(
                "hinomi incidents feedback 42 new-normal --reason 'twice the customers'",
                Text(en="Such values are normal from now on.", ja="今後、同程度の値を通常とみなします。"),
            ),
        ),
    ),
}
