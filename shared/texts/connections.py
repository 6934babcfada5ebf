"""Connections to other systems, such as an Airflow web server."""

from __future__ import annotations

from shared.texts import Template

CONNECTION = Template(en="Airflow connection {name} ({setting}={value})", ja="Airflow 接続 {name} ({setting}={value})")
NO_URL = Template(
    en="the Airflow connection '{name}' has no URL: set {setting}",
    ja="Airflow 接続 '{name}' に URL がありません。{setting} を設定してください",
)
INVALID_AUTH = Template(
    en="{setting} is not an authentication method: set one of {choices}",
    ja="{setting} の認証方法が無効です。{choices} のいずれかを設定してください",
)
PASSWORD_IN_URL = Template(
    en="{setting} contains a password: set {username} and {password} instead",
    ja="{setting} にパスワードが含まれています。代わりに {username} と {password} を設定してください",
)
NO_HTTPS = Template(
    en="{setting} is not an https address: set one (http only for a loopback address)",
    ja="{setting} が https ではありません (http はループバックアドレスのみ使用できます)",
)
NO_CONNECTION = Template(
    en="no Airflow connection is named '{name}'{suggestion}", ja="Airflow 接続 '{name}' はありません{suggestion}"
)
SET = Template(en=": set {setting}", ja=": {setting} を設定してください")
NO_DATABASE = Template(
    en="the Airflow connection '{name}' has no database: set {setting}",
    ja="Airflow 接続 '{name}' にデータベースがありません。{setting} を設定してください",
)
INVALID_DATABASE = Template(
    en="{setting} cannot be used: set a SQLAlchemy URL whose driver is installed",
    ja="{setting} を使用できません。ドライバがインストールされている SQLAlchemy URL を設定してください",
)

# Kafka Connect.
CONNECT_CONNECTION = Template(
    en="Kafka Connect connection {name} ({setting}={value})", ja="Kafka Connect 接続 {name} ({setting}={value})"
)
NO_CONNECT = Template(
    en="no Kafka Connect connection is named '{name}'{suggestion}",
    ja="Kafka Connect 接続 '{name}' はありません{suggestion}",
)
NO_CONNECT_URL = Template(
    en="the Kafka Connect connection '{name}' has no URL: set {setting}",
    ja="Kafka Connect 接続 '{name}' に URL がありません。{setting} を設定してください",
)
NO_HTTPS_FOR_SECRET = Template(
    en="{setting} is not an https address: set one (http only with {auth}=none)",
    ja="{setting} が https ではありません (http は {auth}=none の場合のみ使用できます)",
)
INVALID_CA = Template(
    en="{setting} does not contain certificates in PEM format", ja="{setting} に PEM 形式の証明書が含まれていません"
)
NO_NUMBER = Template(
    en="{setting} is not a number: set one, such as 100000",
    ja="{setting} が数値ではありません。100000 のように設定してください",
)

# Endpoints of http_call.
NO_ENDPOINT = Template(
    en="no endpoint is named '{name}': set {setting}",
    ja="エンドポイント '{name}' はありません。{setting} を設定してください",
)
NO_ENDPOINT_URL = Template(en="{setting} is not set", ja="{setting} が設定されていません")
SECRET_IN_URL = Template(
    en="{setting} contains a password or a token: use a header with {secret} instead",
    ja="{setting} にパスワードまたはトークンが含まれています。代わりに {secret} のヘッダーを使用してください",
)
NO_CHOICE = Template(
    en="{setting} is invalid: set one of {choices}", ja="{setting} が無効です。{choices} のいずれかを設定してください"
)
INVALID_HEADER = Template(en="{setting} is not the name of a header", ja="{setting} がヘッダー名として無効です")
NO_SECRET = Template(en="{setting}=header needs {secret}", ja="{setting}=header には {secret} が必要です")

# Workers on-premises.
WORKER_CONNECTION = Template(en="worker {name}", ja="ワーカー {name}")
WORKER_MEMBER = Template(
    en="the member '{value}' of a worker is invalid: use serviceAccount:NAME@PROJECT.iam.gserviceaccount.com, user:…, principal://… or principalSet://…",
    ja="ワーカーのメンバー '{value}' は無効です。serviceAccount:NAME@PROJECT.iam.gserviceaccount.com、user:…、principal://…、principalSet://… のいずれかで指定してください",
)
WORKER_KEY = Template(
    en="{setting} is too short: use at least {least} random characters, such as the output of `openssl rand -base64 32`",
    ja="{setting} が短すぎます。{least} 文字以上のランダムな文字列を指定してください (例: `openssl rand -base64 32` の出力)",
)
NO_WORKER_KEY = Template(
    en="the worker {name} has no key: set {setting}",
    ja="ワーカー {name} の鍵がありません。{setting} を設定してください",
)
