"""Help of `hinomi analyze`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=Text(
            en="Run the rules on exported log entries. Needs no database, runs no action, and sends no data.",
            ja="エクスポートしたログエントリにルールを適用します。データベースは不要で、アクションの実行や外部への送信は行いません。",
        ),
        details=Text(
            en="FILES: the output of `gcloud logging read` (--format=json is the fastest, YAML is read too), JSON lines "
            "of a log sink, rows of a BigQuery log table as JSON, responses of entries.list, or any of these in gzip."
            "\n\nThe exit code is 0 with or without findings, and 2 when a part could not be read.",
            ja="FILES: `gcloud logging read` の出力 (--format=json が最速、YAML も可)、ログシンクの JSON Lines、BigQuery の"
            "ログテーブルの行 (JSON)、entries.list の応答、またはこれらの gzip。"
            "\n\n終了コードは検知の有無にかかわらず 0、読み取れない箇所があれば 2 です。",
        ),
        parameters={
            "files": Text(
                en="Files of exported entries, or folders with such files at any depth; - is standard input.",
                ja="エクスポートしたログのファイル、またはそれを含むフォルダ (下位のフォルダも読みます)。- は標準入力です。",
            ),
            "as_json": Text(
                en="Print one JSON line for each finding.", ja="検知結果を 1 件 1 行の JSON で出力します。"
            ),
            "severity": Text(en="Leave out less severe findings.", ja="これより低い重大度の検知結果を除外します。"),
            "rules": Text(
                en="Folder of rules to use instead of HINOMI_RULES_DIR.",
                ja="HINOMI_RULES_DIR の代わりに使うルールのフォルダ。",
            ),
            "limit": Text(en="Show at most this many incidents.", ja="表示するインシデントの最大件数。"),
        },
        examples=(
            Example(
                "gcloud logging read 'timestamp>\"2026-11-01\"' --format=json | hinomi analyze -",
                Text(en="Analyze entries without a file.", ja="ファイルを作らずに解析します。"),
            ),
            Example(
                "hinomi analyze entries.json --severity high",
                Text(en="Show high and critical findings only.", ja="重大度が高以上の検知結果だけを表示します。"),
            ),
        ),
    )
}
