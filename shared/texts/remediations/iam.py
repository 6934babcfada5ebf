"""Results and errors of the remediations of IAM: service accounts, keys and removed roles."""

from __future__ import annotations

from shared.texts import Template, Text

# Service accounts and keys.
NO_ACCOUNT = Template(
    en="the incident does not name a service account: '{account}'",
    ja="インシデントからサービスアカウントを特定できません: '{account}'",
)
NO_PROJECT = Template(
    en="the incident does not name a project: '{project}'",
    ja="インシデントからプロジェクトを特定できません: '{project}'",
)
NO_KEY = Template(en="the incident does not name a key: '{key}'", ja="インシデントからキーを特定できません: '{key}'")
OWN_ACCOUNT = Template(
    en="{account} is an account of Hinomi: Hinomi disables none of its own accounts",
    ja="{account} は Hinomi 自身のアカウントのため、無効化の対象外",
)
OTHER_ACCOUNT = Template(
    en="IAM returned the account {other} instead of {account}",
    ja="{account} ではなく別のアカウント {other} が返されました",
)
READ_ACCOUNT = Template(en="read service account {account}", ja="サービスアカウント {account} の読み取り")
READ_KEY = Template(en="read key {key} of {account}", ja="{account} のキー {key} の読み取り")

DISABLE_KEY = Template(en="disable key {key} of {account}", ja="{account} のキー {key} の無効化")
ENABLE_KEY = Template(en="enable key {key} of {account}", ja="{account} のキー {key} の有効化")
WOULD_DISABLE_KEY = Template(en="would disable key {key} of {account}", ja="{account} のキー {key} を無効にする予定")
KEY_DISABLED = Template(en="disabled key {key} of {account}", ja="{account} のキー {key} を無効化")
KEY_IS_DISABLED = Template(
    en="nothing to do: key {key} of {account} is disabled", ja="対応不要: {account} のキー {key} は無効化済み"
)
SYSTEM_KEY = Template(
    en="key {key} of {account} is managed by Google, which rotates it: it cannot be disabled",
    ja="{account} のキー {key} は Google が管理するキーのため、無効化できません",
)
WOULD_ENABLE_KEY = Template(
    en="would enable key {key} of {account} again", ja="{account} のキー {key} を再び有効にする予定"
)
KEY_ENABLED = Template(en="enabled key {key} of {account} again", ja="{account} のキー {key} を再び有効化")
KEY_IS_ENABLED = Template(
    en="nothing to do: key {key} of {account} is enabled", ja="対応不要: {account} のキー {key} は有効"
)
KEY_EXPOSED = Template(
    en="Google disabled key {key} of {account} ({reason}): it stays disabled",
    ja="{account} のキー {key} は Google が無効化 ({reason}) したため、有効化しません",
)
KEY_STILL_ENABLED = Template(en="key {key} of {account} is still enabled", ja="{account} のキー {key} がまだ有効")

DISABLE_ACCOUNT = Template(en="disable service account {account}", ja="サービスアカウント {account} の無効化")
ENABLE_ACCOUNT = Template(en="enable service account {account}", ja="サービスアカウント {account} の有効化")
WOULD_DISABLE_ACCOUNT = Template(
    en="would disable service account {account}: every job that uses it fails until it is enabled",
    ja="サービスアカウント {account} を無効にする予定 (有効に戻すまで、使用中のジョブはすべて失敗)",
)
ACCOUNT_DISABLED = Template(en="disabled service account {account}", ja="サービスアカウント {account} を無効化")
ACCOUNT_IS_DISABLED = Template(
    en="nothing to do: service account {account} is disabled",
    ja="対応不要: サービスアカウント {account} は無効化済み",
)
WOULD_ENABLE_ACCOUNT = Template(
    en="would enable service account {account} again", ja="サービスアカウント {account} を再び有効にする予定"
)
ACCOUNT_ENABLED = Template(en="enabled service account {account} again", ja="サービスアカウント {account} を再び有効化")
ACCOUNT_IS_ENABLED = Template(
    en="nothing to do: service account {account} is enabled", ja="対応不要: サービスアカウント {account} は有効"
)
ACCOUNT_STILL_ENABLED = Template(
    en="service account {account} is still enabled", ja="サービスアカウント {account} がまだ有効"
)
NO_PRINCIPAL = Text(
    en="the incident does not name a service account as its principal",
    ja="インシデントのプリンシパルがサービスアカウントではありません",
)
INVALID_OF = Template(
    en="of: '{value}' is not resource or principal", ja="of: '{value}' は resource または principal ではありません"
)
