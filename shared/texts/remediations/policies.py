"""Remediations that change IAM policies, and roles that are granted again."""

from __future__ import annotations

from shared.texts import Template, Text

# restore_iam_member.
NOTHING_REMOVED = Text(
    en="neither the evidence nor the history has a role that was removed",
    ja="イベントの記録にも履歴にも、削除されたロールが見当たりません",
)
SEVERAL_RESOURCES = Template(
    en="the account lost roles on several resources: restore the right one by hand: {grants}",
    ja="複数のリソースでロールが削除されているため、手動で復元してください: {grants}",
)
ON_RESOURCE = Template(en="{grant} on {resource}", ja="{resource} の {grant}")
NOT_RESTORED = Template(
    en="{member} is not restored: it is public, deleted or redacted",
    ja="{member} は、公開メンバー、削除済み、または非表示のため復元しません",
)
MEMBER_DELETED = Template(en="{member} no longer exists", ja="{member} は存在しません")
READ_MEMBER = Template(en="read {member}", ja="{member} の読み取り")
INVALID_DAYS = Template(en="days: {value} is not 1 to {most}", ja="days: {value} は 1 ～ {most} の範囲外です")
