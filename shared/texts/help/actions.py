"""Help of `hinomi actions`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_NAME = Text(en="The name of the script: its folder.", ja="スクリプトの名前 (フォルダ名)。")
_NEW = Example("hinomi actions new restart_connector", Text(en="Write a script.", ja="スクリプトを作成します。"))
_CHECK = Example("hinomi actions check", Text(en="Check all scripts.", ja="すべてのスクリプトを検査します。"))

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["actions"], examples=(_NEW, _CHECK)),
    "new": HelpPage(
        summary=Text(
            en="Write a script with its manifest and tests to fill in.",
            ja="スクリプトのひな形 (マニフェストとテストを含む) を作成します。",
        ),
        details=Text(
            en="The folder is `actions` beside the rules, or that of HINOMI_ACTIONS_DIR.",
            ja="作成先はルールと同じ階層の `actions`、または HINOMI_ACTIONS_DIR のフォルダです。",
        ),
        parameters={"name": _NAME},
        examples=(_NEW,),
    ),
    "list": HelpPage(
        summary=Text(
            en="List the scripts with their commands, parameters and secrets.",
            ja="スクリプトをコマンド、パラメータ、シークレットとともに一覧表示します。",
        ),
        examples=(Example("hinomi actions list", Text(en="List the scripts.", ja="一覧表示します。")),),
    ),
    "check": HelpPage(
        summary=Text(
            en="Check the manifests, and run the tests beside them.",
            ja="マニフェストを検査し、付属のテストを実行します。",
        ),
        details=Text(
            en="No script runs. Every mistake is shown with file and line (exit code 2); a failed test is exit code 1.",
            ja="スクリプトは実行しません。誤りはファイルと行番号とともに表示します (終了コード 2)。テストが失敗した場合の終了コードは 1 です。",
        ),
        parameters={"names": Text(en="Scripts to check; all if left out.", ja="検査するスクリプト。省略時はすべて。")},
        examples=(_CHECK,),
    ),
    "run": HelpPage(
        summary=Text(
            en="Show the command of a script, or run it on this machine with --apply.",
            ja="スクリプトのコマンドを表示します。--apply を付けるとこのマシンで実行します。",
        ),
        parameters={
            "name": _NAME,
            "param": Text(en="The value of a parameter; may be repeated.", ja="パラメータの値。複数指定できます。"),
            "label": Text(
                en="A label of the incident that parameters may come from; may be repeated.",
                ja="パラメータの取得元となるインシデントのラベル。複数指定できます。",
            ),
            "apply": Text(
                en="Run it, with its secrets and its time limit.", ja="シークレットと制限時間を適用して実行します。"
            ),
        },
        examples=(
            Example(
                "hinomi actions run restart_connector --param resource=orders",
                Text(en="Show the command that would run.", ja="実行されるコマンドを表示します。"),
            ),
            Example(
                "hinomi actions run restart_connector --param resource=orders --apply",
                Text(en="Run the script.", ja="スクリプトを実行します。"),
            ),
        ),
    ),
}
