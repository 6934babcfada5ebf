"""The resources whose IAM policies remediations change, and roles that are granted again."""

from __future__ import annotations

from shared.texts import Template

FOLDER = Template(en="folder {name}", ja="フォルダ {name}")
ORGANIZATION = Template(en="organization {name}", ja="組織 {name}")
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
