"""The terms for the resources of an installation in a plan."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

APIS = Text(en="APIs", ja="Google Cloud の API")
ACCOUNT = Template(en="service account {name}", ja="サービスアカウント {name}")
ALERT = Template(en="alert '{name}'", ja="アラート '{name}'")
CHANNEL = Text(en="e-mail channel", ja="メール通知チャネル")
NOTIFICATIONS = Text(en="notification channel", ja="通知チャネル")
NOTIFICATION_CHANNEL = Template(en="notification channel '{name}'", ja="通知チャネル '{name}'")
CHANNEL_TO = Template(en="e-mail channel to {address}", ja="メール通知チャネル ({address})")
DATABASE = Template(en="database {name}", ja="データベース {name}")
DATABASE_USER = Template(en="database user {name}", ja="データベースユーザー {name}")
FUNCTION = Template(en="function {name}", ja="関数 {name}")
GRANT = Template(en="grant of {role} on {where} to {member}", ja="権限付与 {role} ({where}) → {member}")
RECIPIENT = Template(en=" to {member}", ja=" → {member}")  # the end of GRANT
GRANTS_TO = Template(en="to {member}", ja="→ {member}")
IMAGE = Text(en="image of the release job", ja="リリースジョブのイメージ")
IMAGE_OF_SCRIPT = Template(en="image of the script {name}", ja="スクリプト {name} のイメージ")
IMAGE_OF_SCRIPTS = Text(en="image of the scripts", ja="スクリプトのイメージ")
IMAGE_REPOSITORY = Template(en="image repository {name}", ja="イメージリポジトリ {name}")
INSTANCE = Template(en="Cloud SQL instance {name}", ja="Cloud SQL インスタンス {name}")
JOB = Template(en="job {name}", ja="ジョブ {name}")
RELEASE = Text(en="tables, rights and handler rules", ja="テーブル、権限、ハンドラールール")
ROLE = Template(en="role {name}", ja="ロール {name}")
# Titles of custom roles; Google Cloud has the English ones.
ROLE_ON_SCOPE = Template(en="Hinomi: {function}, monitored scope", ja="Hinomi: {function} (監視対象)")
ROLE_AT_HOME = Template(en="Hinomi: {function}, own project", ja="Hinomi: {function} (自身のプロジェクト)")
ROLE_OF_RELEASE = Text(en="Hinomi: release job", ja="Hinomi: リリースジョブ")
ROLE_OF_TABLES = Text(en="Hinomi: copy of the history, tables", ja="Hinomi: 履歴のコピー (テーブル)")
ROLE_OF_JOBS = Text(en="Hinomi: copy of the history, jobs", ja="Hinomi: 履歴のコピー (ジョブ)")
ROLE_OF_RUNNING = Text(en="Hinomi: run the jobs of scripts", ja="Hinomi: スクリプトのジョブの実行")
ROLE_OF_SCRIPT = Template(en="Hinomi: {account}, monitored scope", ja="Hinomi: {account} (監視対象)")
SCHEDULE = Template(en="schedule {name}", ja="スケジュール {name}")
SECRET = Template(en="secret {name}", ja="シークレット {name}")
SINK = Template(en="sink {name} in {parent}", ja="シンク {name} ({parent})")
SUBSCRIPTION = Template(en="subscription {name}", ja="サブスクリプション {name}")
TOPIC = Template(en="topic {name}", ja="トピック {name}")
USER = Template(en="user {name}", ja="ユーザー {name}")

# The resource of a grant.
PLACE = Template(en="{kind} {name}", ja="{kind} {name}")
PLACE_OF_DATASET = Template(en="{kind} {name} (one dataset)", ja="{kind} {name} (1 つのデータセットのみ)")
PLACES: Mapping[str, Text] = {
    "account": Text(en="account", ja="サービスアカウント"),
    "folder": Text(en="folder", ja="フォルダ"),
    "iap": Text(en="Identity-Aware Proxy of", ja="Identity-Aware Proxy の"),
    "job": Text(en="job", ja="ジョブ"),
    "organization": Text(en="organization", ja="組織"),
    "project": Text(en="project", ja="プロジェクト"),
    "secret": Text(en="secret", ja="シークレット"),
    "service": Text(en="service", ja="サービス"),
    "subscription": Text(en="subscription", ja="サブスクリプション"),
    "topic": Text(en="topic", ja="トピック"),
}

PROXY_ACCOUNT = Text(en="account of Identity-Aware Proxy", ja="Identity-Aware Proxy のアカウント")

# Headings of a plan, and the words of a resource's name that a heading says already.
KINDS: Mapping[str, Text] = {
    "APIs": APIS,
    "Service accounts": Text(en="Service accounts", ja="サービスアカウント"),
    "Custom roles": Text(en="Custom roles", ja="カスタムロール"),
    "Grants": Text(en="Grants", ja="権限付与"),
    "Pub/Sub": Text(en="Pub/Sub", ja="Pub/Sub"),
    "Log sinks": Text(en="Log sinks", ja="ログシンク"),
    "Database": Text(en="Database", ja="データベース"),
    "Secrets": Text(en="Secrets", ja="シークレット"),
    "Release job": Text(en="Release job", ja="リリースジョブ"),
    "Scripts": Text(en="Scripts", ja="スクリプト"),
    "Functions": Text(en="Functions", ja="関数"),
    "Schedules": Text(en="Schedules", ja="スケジュール"),
    "Alerts": Text(en="Alerts", ja="アラート"),
}
HEADING_WORDS: Mapping[str, Text] = {
    "APIs": APIS,
    "Service accounts": Text(en="service account ", ja="サービスアカウント "),
    "Custom roles": Text(en="role ", ja="ロール "),
    "Grants": Text(en="grant of ", ja="権限付与 "),
    "Log sinks": Text(en="sink ", ja="シンク "),
    "Secrets": Text(en="secret ", ja="シークレット "),
    "Scripts": Text(en="job ", ja="ジョブ "),
    "Functions": Text(en="function ", ja="関数 "),
    "Schedules": Text(en="schedule ", ja="スケジュール "),
}
TO_DO: Mapping[str, Template] = {
    "create": Template(en="{count} to create", ja="作成 {count} 件"),
    "change": Template(en="{count} to change", ja="変更 {count} 件"),
    "remove": Template(en="{count} to remove", ja="削除 {count} 件"),
}
TITLE: Mapping[str, Template] = {
    "create": Template(en="create {resource}", ja="作成: {resource}"),
    "change": Template(en="change {resource}", ja="変更: {resource}"),
    "remove": Template(en="remove {resource}", ja="削除: {resource}"),
}
TITLE_OF_CHANGE = Template(en="{resource}: {difference}", ja="{resource}: {difference}")
