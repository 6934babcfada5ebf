"""Texts about exported log entries that cannot be read."""

from __future__ import annotations

from shared.texts import Template, Text

STANDARD_INPUT = Text(en="standard input", ja="標準入力")
NEITHER_JSON_NOR_YAML = Text(
    en="neither JSON nor YAML: export with `gcloud logging read … --format=json`, or with `bq query --format=json`",
    ja="JSON でも YAML でもありません。`gcloud logging read … --format=json` または `bq query --format=json` で"
    "エクスポートしてください",
)
NO_LOG_ENTRY = Text(
    en="not a log entry: export with `gcloud logging read … --format=json`, or rows of a log table with "
    "`bq query --format=json`",
    ja="ログエントリではありません。`gcloud logging read … --format=json` でエクスポートするか、ログのテーブルの行を "
    "`bq query --format=json` で出力してください",
)
FLAT = Text(
    en="nested columns were flattened (such as `resource.type`): export the rows with `bq query --format=json`",
    ja="入れ子の列が平坦化されています (`resource.type` など)。`bq query --format=json` でエクスポートしてください",
)
UTF16 = Text(en="the file is UTF-16: save it as UTF-8", ja="文字コードが UTF-16 です。UTF-8 で保存し直してください")
BROKEN_GZIP = Template(
    en="broken gzip file, the rest of it is not read: {error}",
    ja="gzip ファイルが壊れているため、残りを読み取れません: {error}",
)
CANNOT_BE_READ = Template(en="cannot be read: {error}", ja="読み取れません: {error}")
NO_FILES = Template(
    en="no {suffixes} files in this folder or below it",
    ja="このフォルダとその下に {suffixes} のファイルがありません",
)
NO_SUCH_FILE = Text(en="no such file", ja="ファイルがありません")

ARRAY_WITHOUT_END = Text(
    en="the array has no end: was the export cut off?",
    ja="配列が閉じていません。エクスポートが途中で切れていないか確認してください",
)
NO_OBJECT = Text(
    en="not a JSON object: a log entry looks like {…}",
    ja="JSON オブジェクトではありません。ログエントリは {…} の形式です",
)
TOO_LONG = Text(en="too long for a log entry", ja="ログエントリとして長すぎます")
OBJECT_WITHOUT_END = Text(en="a JSON object that has no end", ja="JSON オブジェクトが閉じていません")
INVALID_JSON = Template(en="not valid JSON: {error}", ja="JSON として正しくありません: {error}")
INVALID_YAML = Template(
    en="not valid YAML, so the rest is not read: {error}",
    ja="YAML として正しくないため、残りを読み取れません: {error}",
)
NO_MAPPING = Text(
    en="not a mapping: a log entry in YAML begins with lines such as insertId: …",
    ja="マッピングではありません。YAML のログエントリは insertId: … のような行で始まります",
)
NO_ALIASES = Text(en="aliases (*) are not supported", ja="エイリアス (*) は読み取れません")
NO_RULES = Text(
    en="there are no rules here: set HINOMI_RULES_DIR to a folder of rules",
    ja="ルールがありません。HINOMI_RULES_DIR にルールのフォルダを設定してください",
)
COMPILED_DAMAGED = Text(
    en="the compiled rules are incomplete, of another version or changed by hand, and there are no rule files: "
    "run `hinomi rules compile` where they are",
    ja="コンパイル済みのルールが不完全か、別のバージョンのものか、手で変更されており、ルールファイルもありません。ルールファイルのある環境で `hinomi rules compile` を実行してください",
)
RULES_OUT_OF_DATE = Template(
    en="the compiled rules are out of date, incomplete or changed by hand, and {package} is not installed: run `hinomi rules compile`",
    ja="コンパイル済みのルールが古いか、不完全か、手で変更されており、{package} もインストールされていません。`hinomi rules compile` を実行してください",
)
