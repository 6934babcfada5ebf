"""Results and errors of the remediations of Cloud Storage."""

from __future__ import annotations

from shared.texts import Plural, Template

NO_BUCKET = Template(
    en="the incident does not name a bucket: '{resource}'", ja="インシデントからバケットを特定できません: '{resource}'"
)
READ_BUCKET = Template(en="read bucket {bucket}", ja="バケット {bucket} の読み取り")
LIST_OBJECTS = Template(en="list the objects of bucket {bucket}", ja="バケット {bucket} のオブジェクト一覧の取得")
TOO_MANY_LISTED = Template(
    en="bucket {bucket} has more than {count} objects to compare: restore them by hand",
    ja="バケット {bucket} の比較対象のオブジェクトが {count} 件を超えるため、手動で復元してください",
)

# enforce_public_access_prevention.
ENFORCE = Template(
    en="enforce public access prevention on bucket {bucket}", ja="バケット {bucket} の公開アクセス防止の適用"
)
WOULD_ENFORCE = Template(
    en="would enforce public access prevention on bucket {bucket}: requests without a sign-in can then no longer read its objects",
    ja="バケット {bucket} に公開アクセス防止を適用する予定 (適用後、認証されていない利用者はオブジェクトを読み取れません)",
)
ENFORCED = Template(
    en="enforced public access prevention on bucket {bucket}", ja="バケット {bucket} に公開アクセス防止を適用"
)
IS_ENFORCED = Template(
    en="nothing to do: public access prevention is enforced on bucket {bucket}",
    ja="対応不要: バケット {bucket} には公開アクセス防止が適用済み",
)
STILL_INHERITED = Template(
    en="public access prevention is {value} on bucket {bucket}",
    ja="バケット {bucket} の公開アクセス防止の設定は {value}",
)
NOT_PUBLIC = Template(
    en="the event gave nobody outside access to bucket {bucket}: public access prevention would not help",
    ja="バケット {bucket} は公開されていないため、公開アクセス防止の対象外",
)
SET_BACK = Template(
    en="set public access prevention of bucket {bucket} to {value}",
    ja="バケット {bucket} の公開アクセス防止の {value} への変更",
)
WOULD_SET_BACK = Template(
    en="would set public access prevention of bucket {bucket} to {value} again",
    ja="バケット {bucket} の公開アクセス防止を {value} に戻す予定",
)
WAS_SET_BACK = Template(
    en="set public access prevention of bucket {bucket} to {value} again",
    ja="バケット {bucket} の公開アクセス防止を {value} に戻しました",
)
NOT_ENFORCED = Template(
    en="nothing to do: public access prevention of bucket {bucket} is {value}",
    ja="対応不要: バケット {bucket} の公開アクセス防止は {value}",
)

# restore_soft_deleted_objects.
RESTORE = Template(
    en="restore the objects of bucket {bucket} deleted from {since} to {until}",
    ja="バケット {bucket} で {since} から {until} までに削除されたオブジェクトの復元",
)
WOULD_RESTORE = Plural(
    one="would restore one object of bucket {bucket}, deleted from {since} to {until}",
    many="would restore {count} objects of bucket {bucket}, deleted from {since} to {until}",
    ja="バケット {bucket} で {since} から {until} までに削除されたオブジェクト {count} 件を復元する予定",
)
RESTORED = Plural(
    one="started to restore one object of bucket {bucket}",
    many="started to restore {count} objects of bucket {bucket}",
    ja="バケット {bucket} のオブジェクト {count} 件の復元を開始",
)
NOTHING_DELETED = Template(
    en="bucket {bucket} has no soft-deleted object from {since} to {until}: soft delete may be off",
    ja="バケット {bucket} には、{since} から {until} までにソフト削除されたオブジェクトがありません (ソフト削除が無効の可能性)",
)
ALL_EXIST = Plural(
    one="nothing to do: the deleted object of bucket {bucket} exists again",
    many="nothing to do: all {count} deleted objects of bucket {bucket} exist again",
    ja="対応不要: バケット {bucket} で削除されたオブジェクト {count} 件はすべて存在します",
)
TOO_MANY = Template(
    en="{count} objects of bucket {bucket} were deleted in that time, more than max_objects ({most}): restore them by hand",
    ja="バケット {bucket} で削除されたオブジェクトが {count} 件あり、max_objects ({most}) を超えるため、手動で復元してください",
)
ARE_MISSING = Plural(
    one="one object is still missing",
    many="{count} objects are still missing",
    ja="{count} 件のオブジェクトが未復元",
)
OUT_OF_RANGE = Template(
    en="{name}: {value} is not {least} to {most}", ja="{name}: {value} は {least} ～ {most} の範囲外です"
)
