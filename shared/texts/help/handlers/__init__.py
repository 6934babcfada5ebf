"""Help of `hinomi handlers`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.handlers import runs
from shared.texts.help.hinomi import COMMANDS

OVERWRITE = Text(
    en="Replace rules that were changed elsewhere with those of the file.",
    ja="ファイル以外で変更されたルールもファイルの内容で置き換えます。",
)
BY = Text(en="The person who makes the change. [default: you]", ja="変更者。[既定値: 実行したユーザー]")
NOTE = Text(en="Reason for the change, stored in the history.", ja="履歴に残す変更の理由。")
YES = runs.YES
FIELDS = Text(
    en="Set a field, such as mode=auto or match.severity=high; an empty value removes it; may be repeated.",
    ja="フィールドを設定します (例: mode=auto、match.severity=high)。空の値で削除します。複数指定できます。",
)
NAMES = Text(en="Names of the rules.", ja="ルールの名前。")

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
            "overwrite": OVERWRITE,
            "by": BY,
            "yes": YES,
        },
        examples=(
            Example(
                "hinomi handlers apply rules/handlers.yaml --dry-run",
                Text(en="Show what would change.", ja="変更内容を確認します。"),
            ),
            Example(
                "hinomi handlers apply --overwrite --yes",
                Text(
                    en="Overwrite changes that were made by command.",
                    ja="コマンドによる変更をファイルの内容で置き換えます。",
                ),
            ),
        ),
    ),
    "plan": HelpPage(
        summary=Text(
            en="Show the changes that applying a file of handler rules would make, and the rules that it would keep.",
            ja="ハンドラールールのファイルを適用した場合の変更点と、維持されるルールを表示します。",
        ),
        details=Text(
            en="A rule that a command changed since the last file was applied is kept, with who changed it and when.",
            ja="前回のファイル適用後にコマンドで変更されたルールは維持され、変更者と日時が表示されます。",
        ),
        parameters={
            "file": Text(
                en="File to compare. [default: handlers.yaml in HINOMI_RULES_DIR]",
                ja="比較するファイル。[既定値: HINOMI_RULES_DIR の handlers.yaml]",
            ),
            "overwrite": OVERWRITE,
        },
        examples=(
            Example(
                "hinomi handlers plan", Text(en="Compare the file with the rules.", ja="ファイルとルールを比較します。")
            ),
        ),
    ),
    "export": HelpPage(
        summary=Text(
            en="Print the handler rules as the text of handlers.yaml.",
            ja="ハンドラールールを handlers.yaml の形式で出力します。",
        ),
        parameters={"out": Text(en="Write to this file.", ja="このファイルに書き込みます。")},
        examples=(
            Example(
                "hinomi handlers export --out rules/handlers.yaml",
                Text(en="Update the file.", ja="ファイルを更新します。"),
            ),
        ),
    ),
    "add": HelpPage(
        summary=Text(en="Add a handler rule.", ja="ハンドラールールを追加します。"),
        details=Text(
            en="Without --set, the editor of EDITOR opens with a rule to fill in.",
            ja="--set を指定しない場合は、EDITOR のエディタでルールのひな形を開きます。",
        ),
        parameters={
            "name": Text(en="Name of the new rule.", ja="新しいルールの名前。"),
            "fields": FIELDS,
            "before": Text(
                en="Place it before this rule. [default: at the end]", ja="このルールの前に置きます。[既定値: 末尾]"
            ),
            "note": NOTE,
            "by": BY,
        },
        examples=(
            Example(
                "hinomi handlers add night-card --set action=teams --set match.severity=high --before teams-card",
                Text(en="Add a card for severe incidents.", ja="重大なインシデントのカードを追加します。"),
            ),
        ),
    ),
    "edit": HelpPage(
        summary=Text(en="Change a handler rule.", ja="ハンドラールールを変更します。"),
        details=Text(
            en="Without --set, the editor of EDITOR opens with the rule. A mistake is shown, and nothing is changed.",
            ja="--set を指定しない場合は、EDITOR のエディタでルールを開きます。誤りがある場合は表示され、変更されません。",
        ),
        parameters={
            "name": Text(en="Name of the rule.", ja="ルールの名前。"),
            "fields": FIELDS,
            "note": NOTE,
            "by": BY,
        },
        examples=(
            Example(
                "hinomi handlers edit teams-card", Text(en="Edit the rule as YAML.", ja="ルールを YAML で編集します。")
            ),
            Example(
                "hinomi handlers edit close-public-access --set mode=auto --set budget=5/h",
                Text(en="Set two fields.", ja="2 つのフィールドを設定します。"),
            ),
        ),
    ),
    "simulate": HelpPage(
        summary=Text(
            en="Show what the rules of a file would have done for past incidents.",
            ja="ファイルのルールが過去のインシデントに対して実行したはずの内容を表示します。",
        ),
        details=Text(
            en="Evaluates the rules that differ from the rules in use against past incidents, with the silences, hours, cooldowns and "
            "budgets of that time. Counts the matched incidents, the remediations and the notifications. Runs nothing.",
            ja="使用中のルールと異なるルールを、過去のインシデントに対して、当時のサイレンス、通知時間、クールダウン、実行回数の上限で"
            "判定し、一致したインシデント、自動修復、通知の件数を表示します。何も実行しません。",
        ),
        parameters={
            "file": Text(
                en="File of rules. [default: rules/handlers.yaml]", ja="ルールのファイル。[既定値: rules/handlers.yaml]"
            ),
            "days": Text(en="Number of past days.", ja="さかのぼる日数。"),
            "everything": Text(en="All rules, including unchanged ones.", ja="変更のないルールも含めます。"),
        },
        examples=(
            Example(
                "hinomi handlers simulate --all --days 7",
                Text(en="See what the rules in use do in a week.", ja="使用中のルールの 1 週間分の動作を確認します。"),
            ),
        ),
    ),
    "enable": HelpPage(
        summary=Text(en="Enable handler rules.", ja="ハンドラールールを有効にします。"),
        parameters={"names": NAMES, "note": NOTE, "by": BY},
        examples=(
            Example("hinomi handlers enable teams-reminder", Text(en="Enable a rule.", ja="ルールを有効にします。")),
        ),
    ),
    "disable": HelpPage(
        summary=Text(en="Disable handler rules.", ja="ハンドラールールを無効にします。"),
        details=Text(
            en="They stay disabled when a file is applied, until `hinomi handlers enable`.",
            ja="ファイルを適用しても、`hinomi handlers enable` を実行するまで無効のままです。",
        ),
        parameters={"names": NAMES, "note": NOTE, "by": BY},
        examples=(
            Example(
                'hinomi handlers disable clear-airflow-task --note "Airflow is being upgraded"',
                Text(en="Disable a rule and say why.", ja="理由を添えてルールを無効にします。"),
            ),
        ),
    ),
    "remove": HelpPage(
        summary=Text(en="Remove handler rules.", ja="ハンドラールールを削除します。"),
        details=Text(
            en="A file that still has them does not add them again, unless it is applied with --overwrite.",
            ja="ファイルに残っていても、--overwrite を付けて適用しない限り再追加されません。",
        ),
        parameters={"names": NAMES, "note": NOTE, "by": BY},
        examples=(
            Example("hinomi handlers remove teams-reminder", Text(en="Remove a rule.", ja="ルールを削除します。")),
        ),
    ),
    "history": HelpPage(
        summary=Text(
            en="List the versions of the handler rules: the changes, with person, time and reason.",
            ja="ハンドラールールのバージョン (変更者、日時、理由、変更されたルール) を一覧表示します。",
        ),
        parameters={
            "rule": Text(en="Only versions that changed this rule.", ja="このルールを変更したバージョンのみ。"),
            "limit": Text(en="Show at most this many.", ja="表示する最大件数。"),
        },
        examples=(
            Example(
                "hinomi handlers history teams-card",
                Text(en="Changes of one rule.", ja="1 つのルールの変更履歴を表示します。"),
            ),
        ),
    ),
    "diff": HelpPage(
        summary=Text(
            en="Show the differences between two versions of the handler rules.",
            ja="ハンドラールールの 2 つのバージョンの差分を表示します。",
        ),
        parameters={
            "older": Text(en="Number of the older version.", ja="古い方のバージョン番号。"),
            "newer": Text(
                en="Number of the newer version. [default: the latest one]",
                ja="新しい方のバージョン番号。[既定値: 最新]",
            ),
        },
        examples=(
            Example(
                "hinomi handlers diff 12 14", Text(en="Compare two versions.", ja="2 つのバージョンを比較します。")
            ),
        ),
    ),
    "rollback": HelpPage(
        summary=Text(
            en="Restore the handler rules of an earlier version, as a new version.",
            ja="以前のバージョンのハンドラールールを新しいバージョンとして復元します。",
        ),
        parameters={
            "version": Text(en="Number of the version to restore.", ja="復元するバージョンの番号。"),
            "note": NOTE,
            "by": BY,
            "yes": YES,
        },
        examples=(
            Example("hinomi handlers rollback 12", Text(en="Restore version 12.", ja="バージョン 12 を復元します。")),
        ),
    ),
    "list": HelpPage(
        summary=Text(
            en="List the applied handler rules in the order of evaluation.",
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
            "everything": Text(
                en="Run the tests beside the rules (handlers.tests.yaml, handlers.NAME.tests.yaml); exit code 1 when one fails.",
                ja="ルールに付属するテスト (handlers.tests.yaml と handlers.名前.tests.yaml) を実行します。失敗があれば終了コードは 1 です。",
            ),
            "on": Text(en="The event of the incident.", ja="インシデントのイベント。"),
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
            Example(
                "hinomi handlers test --all",
                Text(en="Run the tests of the rules.", ja="ルールのテストを実行します。"),
            ),
        ),
    ),
    **runs.PAGES,
}
