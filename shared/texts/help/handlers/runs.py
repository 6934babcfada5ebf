"""Help of the commands about runs: `hinomi handlers runs`, `audit`, `undo`, `run`, `close-breaker` and `reference`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage

YES = Text(en="Do not ask for confirmation.", ja="確認を求めません。")

PAGES: Mapping[str, HelpPage] = {
    "runs": HelpPage(
        summary=Text(
            en="List action runs: done, planned, skipped and failed, the latest first.",
            ja="アクションの実行履歴 (完了、実行待ち、見送り、失敗) を新しい順に一覧表示します。",
        ),
        parameters={
            "incident": Text(en="Only of this incident.", ja="このインシデントのみ。"),
            "limit": Text(en="Show at most this many.", ja="表示する最大件数。"),
        },
        examples=(
            Example(
                "hinomi handlers runs --incident 42",
                Text(en="Runs for incident 42.", ja="インシデント 42 に対する実行を表示します。"),
            ),
        ),
    ),
    "audit": HelpPage(
        summary=Text(
            en="Export the runs of remediations as JSON lines.",
            ja="自動修復の実行記録を JSON Lines で出力します。",
        ),
        details=Text(
            en="One line for each run, the earliest first: parameters, the plan, each call with its response, "
            "the state before and after, the result of the verification, how to undo it, and who approved "
            "it. Values are redacted by HINOMI_REDACT.",
            ja="実行ごとに 1 行、古い順に出力します。パラメータ、実行内容、各呼び出しと応答、変更前後の状態、効果の確認結果、"
            "取り消し方法、承認者を含みます。HINOMI_REDACT に該当する値は伏せ字にします。",
        ),
        parameters={
            "since": Text(
                en="Runs planned since this time: an ISO 8601 time, or a duration before now such as 30d.",
                ja="この時刻以降に計画された実行 (ISO 8601 の時刻、または 30d のような期間)。",
            ),
            "incident": Text(en="Only of this incident.", ja="このインシデントのみ。"),
            "run": Text(en="Only this run.", ja="この実行のみ。"),
            "everything": Text(en="Include notifications.", ja="通知も含めます。"),
        },
        examples=(
            Example(
                "hinomi handlers audit --since 30d > audit.jsonl",
                Text(en="Runs of the last 30 days.", ja="過去 30 日間の実行を出力します。"),
            ),
        ),
    ),
    "undo": HelpPage(
        summary=Text(
            en="Undo a remediation, after showing what that changes.",
            ja="自動修復による変更を、内容を表示したうえで取り消します。",
        ),
        details=Text(
            en="Reads the target with your credentials and shows the calls. Once confirmed, a run of its own makes exactly these "
            "calls within a minute, with the brakes of the handler rule. It is refused if the target has changed since.",
            ja="対象を現在の認証情報で読み取り、実行する呼び出しを表示します。確認後、別の実行が 1 分以内にその呼び出しだけを行います "
            "(ハンドラールールの制限も適用)。対象がその後変更されている場合は取り消せません。",
        ),
        parameters={
            "run": Text(en="Number of the run.", ja="実行の番号。"),
            "by": Text(en="The person who undoes it. [default: you]", ja="取り消す人。[既定値: 実行したユーザー]"),
            "yes": YES,
        },
        examples=(Example("hinomi handlers undo 12", Text(en="Undo run 12.", ja="実行 12 を取り消します。")),),
    ),
    "run": HelpPage(
        summary=Text(
            en="Run the remediation or script of a handler rule for an incident, after showing its plan.",
            ja="ハンドラールールの自動修復またはスクリプトを、実行内容を確認したうえでインシデントに対して実行します。",
        ),
        details=Text(
            en="The rule must be enabled, in mode auto or approve; it need not match the incident. Within a "
            "minute the run reads its target, and its plan waits for approval (`hinomi approvals list`, or "
            "the incident's page). The brakes and approvers of the rule apply.",
            ja="ルールがインシデントに一致していなくても実行できます (モードが auto または approve の有効なルール)。1 分以内に対象を読み取り、"
            "実行内容が承認待ちになります (`hinomi approvals list` またはインシデントのページ)。ルールの制限と承認者が適用されます。",
        ),
        parameters={
            "rule": Text(en="Name of the rule.", ja="ルールの名前。"),
            "incident": Text(
                en="Incident id, as `hinomi incidents list` shows it.",
                ja="`hinomi incidents list` に表示されるインシデントの ID。",
            ),
            "by": Text(
                en="The person who asks for it. [default: you]", ja="実行を依頼する人。[既定値: 実行したユーザー]"
            ),
        },
        examples=(
            Example(
                "hinomi handlers run restart-connector 42",
                Text(en="Prepare the run for incident 42.", ja="インシデント 42 に対する実行を準備します。"),
            ),
        ),
    ),
    "close-breaker": HelpPage(
        summary=Text(
            en="Close the circuit breaker of a handler rule: it runs again.",
            ja="ハンドラールールのサーキットブレーカーを閉じ、実行を再開します。",
        ),
        parameters={
            "rule": Text(en="Name of the rule.", ja="ルールの名前。"),
            "by": Text(en="The person who closes it. [default: you]", ja="閉じる人。[既定値: 実行したユーザー]"),
        },
        examples=(
            Example(
                "hinomi handlers close-breaker close-public-access",
                Text(en="Let the rule run again.", ja="ルールの実行を再開します。"),
            ),
        ),
    ),
    "reference": HelpPage(
        summary=Text(
            en="Print the reference of the actions and notifiers: parameters, permissions, settings.",
            ja="アクションと通知プラグインのリファレンス (パラメータ、権限、設定) を出力します。",
        ),
        parameters={
            "action": Text(
                en="Only this action or notifier; those of installed packages are accepted too.",
                ja="このアクションまたは通知プラグインのみ。インストール済みパッケージのものも指定できます。",
            ),
        },
        examples=(
            Example(
                "hinomi handlers reference teams",
                Text(en="Reference of the Teams notifier.", ja="Teams 通知のリファレンスを表示します。"),
            ),
        ),
    ),
}
