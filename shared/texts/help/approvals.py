"""Help of `hinomi approvals`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_RUNS = Text(en="Numbers of the runs.", ja="実行の番号。")
_BY = Text(
    en="The person who decides, written as in the rule's `approvers`. [default: you]",
    ja="承認または却下する人 (ルールの承認者と同じ表記)。[既定値: 実行したユーザー]",
)

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["approvals"]),
    "list": HelpPage(
        summary=Text(
            en="List the remediations that wait for approval, with their plans.",
            ja="承認待ちの自動修復を実行内容とともに一覧表示します。",
        ),
        examples=(Example("hinomi approvals list", Text(en="List waiting remediations.", ja="一覧表示します。")),),
    ),
    "approve": HelpPage(
        summary=Text(
            en="Approve remediations: they start within a minute.", ja="自動修復を承認します。1 分以内に開始されます。"
        ),
        details=Text(
            en="The brakes of the rule are checked again, and the remediation reads its target again before it changes anything.",
            ja="ルールの制限を再度確認し、自動修復は変更の前に対象の状態を再度読み取ります。",
        ),
        parameters={"runs": _RUNS, "by": _BY},
        examples=(
            Example(
                "hinomi approvals approve 12 --by alice@example.com",
                Text(en="Approve run 12.", ja="実行 12 を承認します。"),
            ),
        ),
    ),
    "deny": HelpPage(
        summary=Text(en="Deny remediations: they are skipped.", ja="自動修復を却下します。実行は見送られます。"),
        parameters={
            "runs": _RUNS,
            "by": _BY,
            "reason": Text(en="Reason; stored with the run.", ja="理由。実行とともに記録されます。"),
        },
        examples=(
            Example(
                'hinomi approvals deny 12 --reason "the bucket is a public web site"',
                Text(en="Deny run 12.", ja="実行 12 を却下します。"),
            ),
        ),
    ),
}
