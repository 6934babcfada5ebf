"""Texts of `hinomi report send`."""

from shared.texts import Plural, Template, Text

CANNOT_READ = Template(en="cannot read the file: {error}", ja="ファイルを読み取れません: {error}")
NO_UTF8 = Text(en="the file is not UTF-8 text", ja="UTF-8 のテキストファイルではありません")
NO_JSON = Template(en="invalid JSON: {reason}", ja="JSON として正しくありません: {reason}")
TOO_DEEP = Text(en="invalid JSON: nested too deeply", ja="JSON として正しくありません: 入れ子が深すぎます")
ENDLESS = Text(en="invalid JSON: the array does not end", ja="JSON として正しくありません: 配列が閉じていません")
NO_OBJECT = Text(en="a report is a JSON object", ja="レポートは JSON オブジェクトで指定してください")
NO_REPORTER = Text(
    en="the report does not name its reporter: add 'report', or use --reporter NAME",
    ja="レポートに送信元がありません。'report' を追加するか、--reporter NAME を指定してください",
)
NO_RESULTS = Template(
    en="the file has no results of checks (read as {format}). Use --from if it has another format",
    ja="ファイルにチェックの結果がありません ({format} として読み取り)。形式が異なる場合は --from を指定してください",
)
OTHER_FORMAT = Template(
    en="the file is not a result of {format}: see `hinomi report send --help`",
    ja="{format} の結果ファイルではありません。`hinomi report send --help` を参照してください",
)
NO_MANIFEST = Text(en="the file is not a manifest of dbt", ja="dbt の manifest ではありません")
UNKNOWN_FIELD = Template(
    en="line {line}: the field '{field}' is ignored{suggestion}",
    ja="{line} 行目: 項目 '{field}' は無視されます{suggestion}",
)
SEVERAL = Plural(
    one="{count} report is invalid, nothing was sent\n{errors}",
    many="{count} reports are invalid, nothing was sent\n{errors}",
    ja="{count} 件のレポートに誤りがあるため、送信しませんでした\n{errors}",
)
SENT = Plural(
    one="Sent {count} report to {topic} ({states}).",
    many="Sent {count} reports to {topic} ({states}).",
    ja="レポート {count} 件を {topic} に送信しました ({states})。",
)
STATE = Template(en="{count} {state}", ja="{state} {count} 件")
KEPT = Plural(
    one="{error}. {count} report is kept in {folder} and sent with the next `hinomi report send` or `hinomi ping`.",
    many="{error}. {count} reports are kept in {folder} and sent with the next `hinomi report send` or `hinomi ping`.",
    ja="{error}。レポート {count} 件を {folder} に保存し、次回の `hinomi report send` または `hinomi ping` で送信します。",
)
ONE_TOPIC = Text(
    en="--topic is for one reporter, and the file has reports of several",
    ja="--topic を指定できるのは送信元が 1 つの場合だけです。ファイルには複数の送信元のレポートがあります",
)
