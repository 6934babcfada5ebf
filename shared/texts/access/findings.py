"""Incidents about access that differs from the platform map."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

READ = Text(en="read", ja="読み取り")
WRITE = Text(en="write", ja="書き込み")
ADMIN = Text(en="admin", ja="管理")
LEVELS: Mapping[str, Text] = {"read": READ, "write": WRITE, "admin": ADMIN}

UNINTENDED_TITLE = Text(en="Unintended access", ja="想定外のアクセス権")
UNINTENDED = Template(
    en="{member} has {role} on {resource}, which no persona of the platform map explains",
    ja="{resource} で {member} に {role} が付与されています: 該当するペルソナなし",
)
UNINTENDED_OVER = Text(
    en="the grant was revoked or expired, or the platform map now explains it",
    ja="権限付与の取り消しまたは期限切れ、またはマップのペルソナに該当",
)
RESOURCE_IN_LAYERS = Template(en="{resource} in layer {layers}", ja="{resource} ({layers} 層) ")

LOST_TITLE = Text(en="Intended access was lost", ja="必要なアクセス権の喪失")
REVOKED = Template(
    en="{persona} ({member}) lost {level} access to {place}: {role} on {resource} was revoked",
    ja="{persona} ({member}) が{place}の{level}権限を失いました: {resource} で {role} が取り消されました",
)
EXPIRED = Template(
    en="{persona} ({member}) lost {level} access to {place}: {role} on {resource} expired",
    ja="{persona} ({member}) が{place}の{level}権限を失いました: {resource} で {role} の期限が切れました",
)
LOST_OVER = Text(
    en="the access was restored, or the platform map no longer requires it",
    ja="アクセス権が復元されたか、プラットフォームマップの要件ではなくなりました",
)
RESOURCES_OF_LAYER = Plural(
    one="{count} resource of layer {layer}",
    many="{count} resources of layer {layer}",
    ja=" {layer} 層のリソース {count} 件",
)
RESOURCE_OF_LAYER = Template(en="{resource} in layer {layer}", ja=" {layer} 層の {resource} ")
