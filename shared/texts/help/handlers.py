"""Help of `hinomi handlers`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["handlers"]),
    "apply": HelpPage(
        summary=Text(
            en="Check a file of handler rules and apply it.",
            ja="ハンドラールールのファイルを検査し、適用します。",
        ),
        details=Text(
            en="Every error is shown with file and line (exit code 2). A pattern that matches no shipped rule or service "
            "is a warning.",
            ja="エラーはすべてファイル名と行番号とともに表示します (終了コード 2)。同梱のルールやサービスのどれにも一致しない"
            "パターンは警告です。",
        ),
        parameters={
            "file": Text(
                en="File to apply. [default: handlers.yaml in HINOMI_RULES_DIR]",
                ja="適用するファイル。[既定値: HINOMI_RULES_DIR の handlers.yaml]",
            ),
            "dry_run": Text(en="Only show what would change.", ja="変更内容の表示のみを行います。"),
        },
        examples=(
            Example(
                "hinomi handlers apply rules/handlers.yaml --dry-run",
                Text(en="Show what would change.", ja="変更内容を確認します。"),
            ),
        ),
    ),
    "list": HelpPage(
        summary=Text(
            en="List the applied handler rules in the order in which they are tried.",
            ja="適用中のハンドラールールを評価順に一覧表示します。",
        ),
        examples=(Example("hinomi handlers list", Text(en="List the rules.", ja="ルールを一覧表示します。")),),
    ),
    "test": HelpPage(
        summary=Text(
            en="Show which handler rules would run, and why each other rule would not. Runs nothing.",
            ja="どのハンドラールールが実行されるか、されないルールはその理由を表示します。実際の実行は行いません。",
        ),
        parameters={
            "target": Text(
                en="Incident id, or a JSON file of log entries or findings.",
                ja="インシデントの ID、またはログエントリか検知結果の JSON ファイル。",
            ),
            "on": Text(en="The event of the incident.", ja="インシデントに起きた出来事。"),
            "rules": Text(
                en="File of handler rules to test instead of the applied ones.",
                ja="適用中のルールの代わりに試すハンドラールールのファイル。",
            ),
        },
        examples=(
            Example(
                "hinomi handlers test 42 --on resolved",
                Text(
                    en="Rules that would run when incident 42 resolves.",
                    ja="インシデント 42 が復旧したときに実行されるルールを確認します。",
                ),
            ),
        ),
    ),
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
    "reference": HelpPage(
        summary=Text(
            en="Print the reference of the actions and notifiers: parameters, permissions, settings.",
            ja="アクションと通知プラグインのリファレンス (パラメータ、権限、設定) を出力します。",
        ),
        parameters={
            "action": Text(
                en="Only this action or notifier, also one of an installed package.",
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
