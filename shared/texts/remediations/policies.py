"""The resources whose IAM policies remediations change, and roles that are granted again."""

from __future__ import annotations

from shared.texts import Template, Text

FOLDER = Template(en="folder {name}", ja="フォルダ {name}")
ORGANIZATION = Template(en="organization {name}", ja="組織 {name}")
MANAGED_FOLDER = Template(en="folder {name} of bucket {bucket}", ja="バケット {bucket} のフォルダ {name}")
TABLE = Template(en="table {name}", ja="テーブル {name}")
ACCOUNT = Template(en="service account {name}", ja="サービスアカウント {name}")
TOPIC = Template(en="topic {name}", ja="トピック {name}")
SUBSCRIPTION = Template(en="subscription {name}", ja="サブスクリプション {name}")
SECRET = Template(en="secret {name}", ja="シークレット {name}")
KEY_RING = Template(en="key ring {name}", ja="キーリング {name}")
CRYPTO_KEY = Template(en="key {name}", ja="鍵 {name}")
SERVICE = Template(en="Cloud Run service {name}", ja="Cloud Run サービス {name}")
JOB = Template(en="Cloud Run job {name}", ja="Cloud Run ジョブ {name}")
FUNCTION = Template(en="function {name}", ja="関数 {name}")
REPOSITORY = Template(en="repository {name}", ja="リポジトリ {name}")
INSTANCE = Template(en="instance {name}", ja="インスタンス {name}")
DISK = Template(en="disk {name}", ja="ディスク {name}")
IMAGE = Template(en="image {name}", ja="イメージ {name}")
SNAPSHOT = Template(en="snapshot {name}", ja="スナップショット {name}")

# restore_iam_member.
NOTHING_REMOVED = Text(
    en="neither the evidence nor the history has a role that was removed",
    ja="イベントの記録にも履歴にも、削除されたロールが見当たらない",
)
SEVERAL_RESOURCES = Template(
    en="the account lost roles on several resources, restore the right one by hand: {grants}",
    ja="複数のリソースでロールが削除されているため、手動で復元してください: {grants}",
)
ON_RESOURCE = Template(en="{grant} on {resource}", ja="{resource} の {grant}")
NOT_RESTORED = Template(
    en="{member} is not restored: it is public, deleted or redacted",
    ja="{member} は、公開メンバー、削除済み、または非表示のため復元しない",
)
MEMBER_DELETED = Template(en="{member} no longer exists", ja="{member} は存在しない")
READ_MEMBER = Template(en="read {member}", ja="{member} の読み取り")
INVALID_DAYS = Template(en="days: {value} is not 1 to {most}", ja="days: {value} は 1~{most} ではありません")
