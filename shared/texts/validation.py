"""Mistakes in files that users write: YAML, keys and values."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

# YAML.
NO_YAML = Template(en="this is not YAML: {error}", ja="YAML として正しくありません: {error}")
ONE_DOCUMENT = Text(en="use one YAML document", ja="YAML ドキュメントは 1 つにしてください")
NO_ALIASES = Text(
    en="YAML anchors and aliases (& and *) are not read here: write the value out, or quote the text",
    ja="YAML のアンカーとエイリアス (& と *) は使用できません。値を直接書くか、テキストを引用符で囲んでください",
)
TOO_DEEP = Template(en="this is nested more than {levels} deep", ja="入れ子が {levels} 階層を超えています")
INVALID_KEY = Template(
    en="'{key}' cannot be a key: use text", ja="'{key}' はキーにできません。テキストを指定してください"
)
KEY_TWICE = Template(
    en="the key '{key}' appears twice (first in line {line}): YAML would keep only the last one",
    ja="キー '{key}' が重複しています (最初は {line} 行目)。YAML では最後の値だけが残ります",
)
NO_UTF8 = Text(
    en="this is not UTF-8: save it as UTF-8", ja="文字コードが UTF-8 ではありません。UTF-8 で保存してください"
)
CANNOT_BE_READ = Template(en="cannot be read: {error}", ja="読み取れません: {error}")

# Keys and values.
OF_KEY = Template(en="{key}: {problem}", ja="{key}: {problem}")
OF_NAMED_KEY = Template(en="key '{key}': {problem}", ja="キー '{key}': {problem}")
MISSING_VALUE = Template(
    en="{key}: missing value: write one, or delete the key",
    ja="{key}: 値がありません。値を書くか、キーを削除してください",
)
MISSING_KEY = Template(en="missing key '{key}'", ja="キー '{key}' がありません")
UNKNOWN_KEY = Template(en="unknown key '{key}'{suggestion}", ja="キー '{key}' は使用できません{suggestion}")
INVALID_VALUE = Template(en="invalid value '{value}'{suggestion}", ja="値 '{value}' は無効です{suggestion}")
USE = Template(en=": use {names}", ja=": {names} を指定してください")
ONE_LINE = Text(en="use one line of text", ja="1 行のテキストを指定してください")
FOLD = Text(
    en="use one line of text: fold it with '>-'", ja="1 行のテキストを指定してください (折り返すには '>-' を使います)"
)
WANTED: Mapping[str, Text] = {
    "string_type": Text(
        en="use text, in quotes if it looks like a number",
        ja="テキストを指定してください (数値に見える場合は引用符で囲みます)",
    ),
    "bool_type": Text(en="use true or false", ja="true または false を指定してください"),
    "list_type": Text(en="use a list", ja="リストを指定してください"),
    "dict_type": Text(en="use a mapping of keys to values", ja="キーと値のマッピングを指定してください"),
    "model_type": Text(en="use a mapping of keys to values", ja="キーと値のマッピングを指定してください"),
    "float_type": Text(en="use a number", ja="数値を指定してください"),
    "finite_number": Text(en="use a number", ja="数値を指定してください"),
    "too_short": Text(en="use at least one value", ja="1 つ以上の値を指定してください"),
}

# Settings.
WHOLE_NUMBER = Template(
    en="{name} is '{value}': use a whole number", ja="{name} の値 '{value}' は無効です。整数を指定してください"
)
NUMBER = Template(
    en="{name} is '{value}': use a number, 0 or more",
    ja="{name} の値 '{value}' は無効です。0 以上の数値を指定してください",
)
LANGUAGE = Template(
    en="HINOMI_LANGUAGE is '{value}': use en or ja",
    ja="HINOMI_LANGUAGE の値 '{value}' は無効です。en または ja を指定してください",
)
BIGQUERY_HISTORY = Template(
    en="HINOMI_BIGQUERY_HISTORY is '{value}': use project.dataset",
    ja="HINOMI_BIGQUERY_HISTORY の値 '{value}' は無効です。project.dataset の形式で指定してください",
)
PROJECT_NUMBERS = Template(
    en="HINOMI_PROJECT_NUMBERS has '{value}': use numbers of projects such as 123456789012, not ids",
    ja="HINOMI_PROJECT_NUMBERS の値 '{value}' は無効です。プロジェクト ID ではなく、123456789012 のようなプロジェクト番号を指定してください",
)
BIGQUERY_LOCATIONS = Template(
    en="HINOMI_BIGQUERY_LOCATIONS has '{value}': use locations such as EU or europe-west1",
    ja="HINOMI_BIGQUERY_LOCATIONS の値 '{value}' は無効です。EU や europe-west1 のようなロケーションを指定してください",
)
CURRENCY = Template(
    en="HINOMI_CURRENCY has '{value}': use a code of ISO 4217 such as USD or JPY",
    ja="HINOMI_CURRENCY の値 '{value}' は無効です。USD や JPY など ISO 4217 のコードを指定してください",
)
ENDPOINT = Template(
    en="{name} is for a local server: use a loopback address such as 127.0.0.1:8080",
    ja="{name} はローカルサーバー用です。127.0.0.1:8080 のようなループバックアドレスを指定してください",
)
NOT_SET = Template(en="{name} is not set", ja="{name} が設定されていません")
SHARED_REPORTS_UNTIL = Template(
    en="HINOMI_SHARED_REPORTS_UNTIL is '{value}': use a date such as 2027-01-31",
    ja="HINOMI_SHARED_REPORTS_UNTIL の値 '{value}' は無効です。2027-01-31 のような日付を指定してください",
)
TRIGGER_ROUTE = Template(
    en="HINOMI_TRIGGER_ROUTE is '{value}': use one of {routes}",
    ja="HINOMI_TRIGGER_ROUTE の値 '{value}' は無効です。{routes} のいずれかを指定してください",
)
TRIGGER_TOPIC = Template(
    en="HINOMI_TRIGGER_TOPIC is '{value}': use projects/PROJECT/topics/TOPIC",
    ja="HINOMI_TRIGGER_TOPIC の値 '{value}' は無効です。projects/PROJECT/topics/TOPIC の形式で指定してください",
)
PUSH_ACCOUNTS = Template(
    en="HINOMI_PUSH_ACCOUNTS has '{value}': use PATH=EMAIL, where PATH is one of {routes}",
    ja="HINOMI_PUSH_ACCOUNTS の値 '{value}' は無効です。PATH=EMAIL の形式で指定してください (PATH は {routes} のいずれか)",
)
CHANNEL_LANGUAGE = Template(
    en="there is no language '{value}': use en or ja", ja="言語 '{value}' はありません。en または ja を指定してください"
)
CHANNEL_TIMEZONE = Template(
    en="there is no time zone '{value}': use an IANA name, such as Asia/Tokyo",
    ja="タイムゾーン '{value}' はありません。Asia/Tokyo などの IANA 名を指定してください",
)
NO_WINDOW = Text(
    en="name at least one window, such as mon-fri 08:00-20:00",
    ja="時間帯を 1 つ以上指定してください (mon-fri 08:00-20:00 など)",
)
INVALID_WINDOW = Template(
    en="invalid window '{text}': use days and times, such as mon-fri 08:00-20:00, sat,sun or daily 22:00-07:00",
    ja="時間帯 '{text}' は無効です。mon-fri 08:00-20:00、sat,sun、daily 22:00-07:00 のように指定してください",
)
EMPTY_WINDOW = Template(
    en="the window '{text}' is empty: it begins and ends at the same time", ja="時間帯 '{text}' の開始と終了が同じです"
)
UNKNOWN_ZONE = Template(
    en="unknown time zone '{name}': use a name such as Asia/Tokyo or UTC",
    ja="タイムゾーン '{name}' は不明です。Asia/Tokyo や UTC のように指定してください",
)
NO_SUCH_VALUE = Template(
    en="'{value}' is not a valid date or number: write it in quotation marks if it is text",
    ja="'{value}' は日付または数値として無効です。文字列の場合は引用符で囲んでください",
)
