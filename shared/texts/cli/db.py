"""Texts of `hinomi db`, and databases that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

STATE = Template(en="{database} {state}", ja="{database}: {state}")
UPGRADED = Template(en="upgraded: {revisions}", ja="アップグレードしました ({revisions})")
ALREADY = Template(en="already at {revision}", ja="最新です ({revision})")
NEWER = Template(
    en="already newer than this code: at {newer}, this code ends at {revision}",
    ja="このコードより新しい状態です (データベースは {newer}、コードは {revision} まで)",
)
LOCKED = Template(
    en="the {database} is locked, probably by another upgrade: waiting",
    ja="{database} がロックされています (別のアップグレードの可能性があります)。待機しています",
)
NO_DOWNGRADE = Text(
    en="tables cannot be downgraded, and older code runs on newer tables. Deploy the older code; restore a backup if you need older data (docs/deploying.md)",
    ja="テーブルのダウングレードはできません。古いコードは新しいテーブルでも動作するため、コードだけを戻してください。"
    "過去のデータにはバックアップから戻せます (docs/deploying.ja.md)",
)
PROBLEM = Template(en="{database}: {problem}", ja="{database}: {problem}")
UP_TO_DATE = Template(en="{database} up to date at {revision}", ja="{database}: 最新です ({revision})")
MODELS_AGREE = Text(en="migrations and models agree", ja="マイグレーションとモデルは一致しています")
MAY = Template(en="{database}: granted {level} access to {user}", ja="{database}: {user} に{level}の権限を付与しました")
LEVELS: Mapping[str, Text] = {
    "read": Text(en="read", ja="読み取り"),
    "maintain": Text(en="maintain", ja="読み書き"),
}
MAY_NOTHING = Template(en="{database}: revoked the access of {user}", ja="{database}: {user} の権限を取り消しました")
AT = Template(en="at {revision}", ja="現在 {revision}")
NO_TABLES = Text(en="no tables", ja="テーブルなし")
PENDING = Template(
    en="{where}, pending: {revisions}; run `hinomi db upgrade`",
    ja="{where}、未適用: {revisions}。`hinomi db upgrade` を実行してください",
)

# Databases that cannot be used.
NO_TOKEN = Template(en="no token for the database: {error}", ja="データベースのトークンを取得できません: {error}")
NOT_OWNER = Template(
    en="{database}: {reason}: use the user that owns the tables (hinomi-release)",
    ja="{database}: {reason}。テーブルの所有者 (hinomi-release) で実行してください",
)
SQLITE_HAS_NO_USERS = Template(
    en="the {database} is a SQLite file, which has no users: the permissions of the file decide who can read it",
    ja="{database} は SQLite ファイルのためユーザーがありません。アクセスはファイルの権限で管理してください",
)
NO_USER = Template(
    en="the server has no user {user}: create it first (docs/deploying.md, Give people access)",
    ja="サーバーにユーザー {user} がありません。先に作成してください (docs/deploying.ja.md)",
)
NO_TABLES_YET = Template(
    en="the {database} has no tables yet: run `hinomi db upgrade`",
    ja="{database} にまだテーブルがありません。`hinomi db upgrade` を実行してください",
)
NO_DRIVER = Template(
    en="{name}: the driver of a {scheme}:// URL is not installed: use postgresql+psycopg://",
    ja="{name}: {scheme}:// のドライバがインストールされていません。postgresql+psycopg:// を使用してください",
)
INVALID_URL = Template(
    en="{name} cannot be read: use sqlite:///FILE or postgresql+psycopg://…",
    ja="{name} を読み取れません。sqlite:///FILE または postgresql+psycopg://… を指定してください",
)
INVALID_SCHEME = Template(
    en="{name} begins with {scheme}://: use sqlite:///FILE or postgresql+psycopg://…",
    ja="{name} の {scheme}:// は使用できません。sqlite:///FILE または postgresql+psycopg://… を指定してください",
)
SEVERAL_AT = Template(
    en="{name} has more than one @: write %40 for one in the user or the password",
    ja="{name} に @ が複数あります。ユーザー名やパスワードの @ は %40 と書いてください",
)
UNKNOWN_OPTION = Template(
    en="{name} has the option {option}, which PostgreSQL does not know",
    ja="{name} のオプション {option} は PostgreSQL にありません",
)
NO_FOLDER = Template(
    en="the folder of {path} cannot be created: {error}", ja="{path} のフォルダを作成できません: {error}"
)
NOT_MIGRATED = Template(
    en="the {database} lacks tables or columns: run `hinomi db upgrade`",
    ja="{database} に必要なテーブルまたは列がありません。`hinomi db upgrade` を実行してください",
)
NO_ANSWER = Template(en="the {database} did not answer: {cause}", ja="{database} が応答しませんでした: {cause}")
NO_SQLITE = Template(
    en="the file of the {database} is not a SQLite database",
    ja="{database} のファイルは SQLite データベースではありません",
)
IN_MEMORY = Text(
    en="an in-memory SQLite database is not shared between threads: use sqlite:///FILE",
    ja="メモリ上の SQLite データベースは使用できません。sqlite:///FILE を指定してください",
)
NO_SQLITE_FILE = Template(
    en="{path} is not a SQLite database: {error}", ja="{path} は SQLite データベースではありません: {error}"
)
NO_PACKAGE = Template(
    en="the tables cannot be created without the Python package {package}: install it",
    ja="テーブルの作成に必要な Python パッケージ {package} をインストールしてください",
)
NO_LOCK = Template(en="{path} cannot be locked: {error}", ja="{path} をロックできません: {error}")
CANNOT_UPGRADE = Template(
    en="the {database} cannot be upgraded: {error}", ja="{database} をアップグレードできません: {error}"
)
NO_COPY = Text(
    en="no copy of the history in BigQuery is set up: set HINOMI_BIGQUERY_HISTORY",
    ja="BigQuery への履歴のコピーが設定されていません。HINOMI_BIGQUERY_HISTORY を設定してください",
)
NO_BIGQUERY_PACKAGE = Text(
    en="reading from BigQuery needs the package sqlalchemy-bigquery: pip install sqlalchemy-bigquery",
    ja="BigQuery からの読み取りには sqlalchemy-bigquery が必要です: pip install sqlalchemy-bigquery",
)
QUERY_REJECTED = Template(en="BigQuery rejected the query: {error}", ja="BigQuery がクエリを拒否しました: {error}")
