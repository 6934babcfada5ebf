"""Owners of resources: mistakes in the table, `hinomi owners`, and the card."""

from __future__ import annotations

from shared.texts import Template, Text

INVALID_RUNBOOK = Template(
    en="invalid address '{text}': use an https address without spaces",
    ja="アドレス '{text}' は無効です。空白を含まない https のアドレスを指定してください",
)
INVALID_ROTATION = Text(
    en="the name of a rotation may contain only a-z, 0-9, _ and -",
    ja="当番表の名前には a-z、0-9、_、- を使用してください",
)
INVALID_TIER = Text(
    en="a tier is a number or a short text of at most 30 characters",
    ja="tier には数値または 30 文字以内の短い文字列を指定してください",
)
CHANNEL_OR_ON_CALL = Text(en="use either channel or on_call", ja="channel と on_call のどちらか一方を指定してください")
NO_ROTATION = Template(
    en="there is no rotation '{name}': add it to `rotations` of handlers.yaml",
    ja="当番表 '{name}' はありません。handlers.yaml の `rotations` に追加してください",
)
SAME_MATCH = Template(
    en="the same match as entry {number}: this entry would never be used",
    ja="{number} 番目の項目と同じ match です。この項目は使用されません",
)
NO_MAP = Template(
    en="there is no platform map with a layer '{layer}': set HINOMI_PLATFORM_FILE",
    ja="層 '{layer}' を定義するプラットフォームマップがありません。HINOMI_PLATFORM_FILE を設定してください",
)
NO_LAYER = Template(
    en="the platform map has no layer '{layer}'. {suggestion}",
    ja="プラットフォームマップに層 '{layer}' はありません。{suggestion}",
)
UNKNOWN_HOST = Template(
    en="runbook {address}: links to this host are not shown: add it to HINOMI_LINK_HOSTS",
    ja="手順書 {address}: このホストへのリンクは表示されません。HINOMI_LINK_HOSTS に追加してください",
)

# Cards, mails and `incidents show`
OWNER = Text(en="Owner", ja="オーナー")
OWNER_OF_TIER = Template(en="{name} (tier {tier})", ja="{name} (tier {tier})")
RUNBOOK_OF_OWNER = Text(en="runbook", ja="手順書")
BY_PATTERN = Template(en="{owner}, by {matched}", ja="{owner} ({matched})")

# `hinomi owners`, `hinomi handlers`
TO_OWNER = Text(en="to the owner", ja="オーナーに通知")
OWNERS_DIFFER = Text(en="owners:", ja="オーナー:")
LAYERS_DIFFER = Text(en="layers of the platform map:", ja="プラットフォームマップの層:")
MATCHES = Text(en="matches", ja="対象")
OWNER_COLUMN = Text(en="owner", ja="オーナー")
TIER = Text(en="tier", ja="tier")
NOTIFIED = Text(en="notified", ja="通知先")
RUNBOOK = Text(en="runbook", ja="手順書")
EVERYTHING = Text(en="everything else", ja="その他すべて")
OF_MAP = Template(en="{match} (platform map)", ja="{match} (プラットフォームマップ)")
CHANNEL = Template(en="channel {name}", ja="チャネル {name}")
ROTATION = Template(en="on call: {name}", ja="当番表 {name}")
NO_OWNERS = Text(
    en="No owners: add `owners` to handlers.yaml and run `hinomi handlers apply`.",
    ja="オーナーの定義がありません。handlers.yaml に `owners` を追加し、`hinomi handlers apply` を実行してください。",
)
NO_OWNER = Template(en="{resource} has no owner.", ja="{resource} のオーナーは定義されていません。")
OWNED_BY = Template(en="{resource} is owned by {owner}: {reason}", ja="{resource} のオーナーは {owner} です ({reason})")
ALSO = Template(en="also matches, less specific: {owner}: {reason}", ja="より一般的な一致: {owner} ({reason})")
NEXT_IS_NOTIFIED = Template(
    en="{owner} has no channel: rules with to_owner notify {other}",
    ja="{owner} にはチャネルがないため、to_owner のルールは {other} に通知します",
)
WITHOUT_SERVICE = Text(
    en="Entries with `service` were skipped, because the service of this name is unknown: add --service.",
    ja="この名前のサービスを判別できないため、`service` を指定した項目は対象外です。--service を指定してください。",
)
INVALID_LABEL = Template(
    en="invalid label '{label}': use name=value", ja="ラベル '{label}' は無効です。name=value の形式で指定してください"
)
