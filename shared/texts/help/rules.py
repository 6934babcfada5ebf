"""Help of `hinomi rules`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_FOLDER = Text(
    en="Folder of rules to use instead of HINOMI_RULES_DIR.", ja="HINOMI_RULES_DIR の代わりに使うルールのフォルダ。"
)

_NAMES = Text(en="Names or patterns of rules.", ja="ルールの名前またはパターン。")
_NOTE = Text(en="Reason, shown on the page of the rule.", ja="変更の理由。ルールのページに表示されます。")
_BY = Text(
    en="The person who makes the change. [default: you]",
    ja="変更者。[既定値: 実行したユーザー]",
)
_MODES = {"names": _NAMES, "note": _NOTE, "by": _BY}

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["rules"]),
    "check": HelpPage(
        summary=Text(
            en="Check every rule file and its examples. The exit code is 2 if there is an error.",
            ja="すべてのルールファイルとその例を検査します。エラーがあれば終了コードは 2 です。",
        ),
        details=Text(
            en="Every error of every file is shown with file and line.",
            ja="すべてのエラーをファイル名と行番号とともに表示します。",
        ),
        parameters={"rules_dir": _FOLDER},
        examples=(
            Example("hinomi rules check", Text(en="Check the rules in use.", ja="使用中のルールを検査します。")),
            Example(
                "hinomi rules check --rules-dir my-rules",
                Text(en="Check the rules of a folder.", ja="フォルダ内のルールを検査します。"),
            ),
        ),
    ),
    "test": HelpPage(
        summary=Text(
            en="Run every rule on its examples. The exit code is 1 if a result differs.",
            ja="すべてのルールを付属の例で実行します。結果が異なるものがあれば終了コードは 1 です。",
        ),
        parameters={"rules_dir": _FOLDER},
        examples=(Example("hinomi rules test", Text(en="Test every rule.", ja="すべてのルールをテストします。")),),
    ),
    "explain": HelpPage(
        summary=Text(
            en="Show why a rule matches log entries or not: each condition with the values of the entry.",
            ja="ルールがログエントリに一致する、または一致しない理由を、条件ごとにエントリの値とともに表示します。",
        ),
        details=Text(
            en="Failed conditions come first, near misses before others. Without a rule, the nearest rules are explained.",
            ja="不成立の条件を、成立に近いものから先に表示します。ルールを省略すると、最も近いルールを説明します。",
        ),
        parameters={
            "names": Text(
                en="Name of a rule or a correlation, and a file with log entries (- is standard input).",
                ja="ルールまたは相関ルールの名前と、ログエントリのファイル (- は標準入力)。",
            ),
            "limit": Text(en="Explain at most this many entries.", ja="説明するエントリの最大件数。"),
            "rules_dir": _FOLDER,
        },
        examples=(
            Example(
                "hinomi rules explain storage/bucket_made_public entries.json",
                Text(en="Why does the rule not match?", ja="ルールが一致しない理由を確認します。"),
            ),
            Example(
                "hinomi rules explain entries.json",
                Text(en="Which rules almost match?", ja="一致に近いルールを確認します。"),
            ),
        ),
    ),
    "list": HelpPage(
        summary=Text(
            en="List every rule with its kind, severity and title.",
            ja="すべてのルールを種類、重大度、タイトルとともに一覧表示します。",
        ),
        parameters={
            "names": Text(
                en="Names or patterns of rules, to describe them.", ja="説明を表示するルールの名前またはパターン。"
            ),
            "rules_dir": _FOLDER,
        },
        examples=(
            Example("hinomi rules list", Text(en="List the rules.", ja="ルールを一覧表示します。")),
            Example(
                "hinomi rules list 'storage/*'",
                Text(en="What do the rules of a service detect?", ja="サービスのルールが検知する内容を表示します。"),
            ),
        ),
    ),
    "backtest": HelpPage(
        summary=Text(
            en="Show what a rule would have found in the past: how often, on what, and what was known.",
            ja="ルールが過去に何を検知したはずかを、回数、対象、既存のインシデントとともに表示します。",
        ),
        details=Text(
            en="By default the rule runs on stored data: the fields of entries that rules matched, and the "
            "calls counted in the history of the audit logs. An event is counted as unknown if the rule "
            "needs a field that is not stored. --from-logging and --entries run it on whole entries, with "
            "correlations and recoveries. Nothing is changed.",
            ja="既定では、この環境に保存されているデータ (ルールに一致したエントリのフィールドと、監査ログの履歴にある呼び出し) で"
            "検証します。保存されていないフィールドで決まる場合は、判定不可として数えます。--from-logging と --entries では"
            "エントリ全体で、相関ルールと復旧も含めて検証します。何も変更しません。",
        ),
        parameters={
            "rule": Text(
                en="Name of a rule, a rule file, or load/KEY for the limits of a load check.",
                ja="ルールの名前、ルールファイル、または負荷チェックのしきい値を示す load/KEY。",
            ),
            "since": Text(en="How far back, such as 7d.", ja="さかのぼる期間 (例: 7d)。"),
            "entries": Text(
                en="Exported log entries instead, in any form that `hinomi analyze` reads; may be repeated.",
                ja="代わりに検証するエクスポート済みログ。`hinomi analyze` と同じ形式で、複数指定できます。",
            ),
            "from_logging": Text(
                en="Read the entries from Cloud Logging, with your own access; it only reads.",
                ja="利用者自身の権限で Cloud Logging から読み取ります。書き込みは行いません。",
            ),
            "limit": Text(
                en="Read at most this many rows of each kind, or entries of Cloud Logging.",
                ja="種類ごとの最大行数、または Cloud Logging の最大エントリ数。",
            ),
            "rules_dir": _FOLDER,
        },
        examples=(
            Example(
                "hinomi rules backtest my-rules/storage/export_deleted.yml",
                Text(en="Try a new rule before it is used.", ja="新しいルールを使用前に検証します。"),
            ),
            Example(
                "hinomi rules backtest storage/bucket_made_public --since 7d --from-logging",
                Text(en="Run a rule on a week of Cloud Logging.", ja="1 週間分の Cloud Logging で検証します。"),
            ),
            Example(
                "hinomi rules backtest storage/bucket_made_public --entries entries.json",
                Text(en="Run a rule on exported entries.", ja="エクスポートしたエントリで検証します。"),
            ),
        ),
    ),
    "stage": HelpPage(
        summary=Text(
            en="Stage rules: record what they would have found, without incidents.",
            ja="ルールを試行中にします。検知相当の事象を記録し、インシデントは作成しません。",
        ),
        details=Text(
            en="A staged rule opens no incident, sends no message and starts no handler rule. `hinomi rules list` and the page of "
            "the rule show what it would have found. It overrides the rule file until `hinomi rules reset`.",
            ja="試行中のルールはインシデントを作成せず、通知もハンドラールールも実行しません。検知相当の事象は `hinomi rules list` と"
            "ルールのページで確認できます。ルールファイルの設定より優先され、`hinomi rules reset` で元に戻ります。",
        ),
        parameters=_MODES,
        examples=(
            Example(
                'hinomi rules stage storage/bucket_made_public --note "Noisy since the move"',
                Text(en="Try a rule without anyone being notified.", ja="誰にも通知せずにルールを試します。"),
            ),
        ),
    ),
    "enable": HelpPage(
        summary=Text(en="Switch rules on: they open incidents.", ja="ルールを有効にし、インシデントを作成します。"),
        parameters=_MODES,
        examples=(
            Example(
                "hinomi rules enable storage/bucket_made_public",
                Text(en="Switch a staged rule on.", ja="試行中のルールを有効にします。"),
            ),
        ),
    ),
    "disable": HelpPage(
        summary=Text(
            en="Switch rules off: nothing that they find is recorded.", ja="ルールを無効にし、検知を記録しません。"
        ),
        details=Text(
            en="Open incidents stay, and still recover. Correlations still count the entries that the rules match.",
            ja="未復旧のインシデントは残り、復旧も検知されます。相関ルールは一致したエントリを引き続き数えます。",
        ),
        parameters=_MODES,
        examples=(
            Example(
                "hinomi rules disable 'kafka/*' --by alice@example.com",
                Text(en="Switch the rules of a service off.", ja="サービスのルールを無効にします。"),
            ),
        ),
    ),
    "reset": HelpPage(
        summary=Text(
            en="Return rules to the state in their files.", ja="ルールをルールファイルに書かれた状態に戻します。"
        ),
        parameters=_MODES,
        examples=(
            Example(
                "hinomi rules reset 'kafka/*'",
                Text(
                    en="Undo the changes that commands and pages made.", ja="コマンドやページでの変更を取り消します。"
                ),
            ),
        ),
    ),
    "compile": HelpPage(
        summary=Text(
            en="Write compiled.json, which a deployed function loads instead of the rule files.",
            ja="デプロイした関数がルールファイルの代わりに読み込む compiled.json を書き出します。",
        ),
        parameters={"rules_dir": _FOLDER},
        examples=(
            Example(
                "hinomi rules compile", Text(en="Compile the rules in use.", ja="使用中のルールをコンパイルします。")
            ),
        ),
    ),
    "reference": HelpPage(
        summary=Text(
            en="Print the reference of every rule as Markdown.",
            ja="すべてのルールのリファレンスを Markdown で出力します。",
        ),
        parameters={
            "rules_dir": _FOLDER,
        },
        examples=(
            Example(
                "hinomi rules reference --rules-dir my-rules",
                Text(en="Reference of your own rules.", ja="独自ルールのリファレンスを出力します。"),
            ),
        ),
    ),
    "schema": HelpPage(
        summary=Text(
            en="Print the JSON Schema of a file that you write, for editors.",
            ja="記述するファイルの JSON Schema をエディタ用に出力します。",
        ),
        parameters={
            "name": Text(
                en="rule, metrics, metric-overrides, handlers, platform or reporters.",
                ja="rule、metrics、metric-overrides、handlers、platform、reporters のいずれか。",
            ),
        },
        examples=(
            Example(
                "hinomi rules schema handlers",
                Text(en="The schema of handlers.yaml.", ja="handlers.yaml のスキーマを出力します。"),
            ),
        ),
    ),
    "sink-filter": HelpPage(
        summary=Text(
            en="Print the Cloud Logging filters that export the entries that rules may match, and few others.",
            ja="ルールに一致しうるログだけをできるだけ絞って転送する Cloud Logging のフィルタを出力します。",
        ),
        parameters={
            "rules_dir": _FOLDER,
            "measure": Text(
                en="Exported entries: show what share of them the filters export.",
                ja="エクスポートしたログのうち、フィルタが転送する割合を表示します。",
            ),
            "out": Text(
                en="Folder for the .lql files, one for each sink.",
                ja="シンクごとの .lql ファイルを書き出すフォルダ。",
            ),
        },
        examples=(
            Example(
                "hinomi rules sink-filter --measure entries.json",
                Text(
                    en="The filters, and the share of your entries that they export.",
                    ja="フィルタと、手元のログのうち転送される割合を表示します。",
                ),
            ),
        ),
    ),
}
