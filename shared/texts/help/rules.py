"""Help of `hinomi rules`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_FOLDER = Text(
    en="Folder of rules to use instead of HINOMI_RULES_DIR.", ja="HINOMI_RULES_DIR の代わりに使うルールのフォルダー。"
)

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
                Text(en="Check the rules of a folder.", ja="フォルダー内のルールを検査します。"),
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
            ja="記述するファイルの JSON Schema をエディター用に出力します。",
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
            ja="ルールに一致しうるログだけをできるだけ絞って転送する Cloud Logging のフィルターを出力します。",
        ),
        parameters={
            "rules_dir": _FOLDER,
            "measure": Text(
                en="Exported entries: show what share of them the filters export.",
                ja="エクスポートしたログのうち、フィルターが転送する割合を表示します。",
            ),
            "out": Text(
                en="Folder to write one .lql file for each sink to.",
                ja="シンクごとの .lql ファイルを書き出すフォルダー。",
            ),
        },
        examples=(
            Example(
                "hinomi rules sink-filter --measure entries.json",
                Text(
                    en="The filters, and the share of your entries that they export.",
                    ja="フィルターと、手元のログのうち転送される割合を表示します。",
                ),
            ),
        ),
    ),
}
