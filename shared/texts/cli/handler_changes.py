"""Texts of the commands that change handler rules: plan, apply, export, add, edit, history, rollback."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

CHANGED: Mapping[str, Template] = {
    "added": Template(en="added: {name}", ja="追加: {name}"),
    "changed": Template(en="changed: {name}", ja="変更: {name}"),
    "enabled": Template(en="enabled: {name}", ja="有効化: {name}"),
    "disabled": Template(en="disabled: {name}", ja="無効化: {name}"),
    "moved": Template(en="moved: {name}", ja="順序変更: {name}"),
    "removed": Template(en="removed: {name}", ja="削除: {name}"),
}
WOULD_BE = Template(en="would be {change}", ja="{change} (予定)")
KEPT: Mapping[str, Template] = {
    "added": Template(
        en="kept: {name} was added elsewhere ({who}) and is not in the file",
        ja="維持: {name} はファイル以外で追加されました ({who})。ファイルにはありません",
    ),
    "changed": Template(
        en="kept: {name} was changed elsewhere ({who}) and differs from the file",
        ja="維持: {name} はファイル以外で変更されました ({who})。ファイルとは異なります",
    ),
    "removed": Template(
        en="not added again: {name} was removed elsewhere ({who})",
        ja="再追加なし: {name} はファイル以外で削除されました ({who})",
    ),
}
KEPT_BLOCK = Template(
    en="kept: {name} were changed elsewhere ({who}) and differ from the file",
    ja="維持: {name} はファイル以外で変更されました ({who})。ファイルとは異なります",
)
BROKEN_CHAIN = Template(
    en="warning: {rule}, {key}: {problem}",
    ja="警告: {rule}、{key}: {problem}",
)
DEFAULTS_DIFFER = Template(en="defaults of {name}:", ja="{name} の既定値:")
SET_NEEDS_RULE = Text(
    en="--set needs the name of a rule; without one, all rules open in the editor",
    ja="--set にはルール名が必要です。ルール名を省略すると、すべてのルールをエディタで開きます",
)
HOW_TO_DECIDE = Text(
    en="`hinomi handlers export` prints the stored rules for the file; --overwrite replaces them with those of the file.",
    ja="`hinomi handlers export` で保存済みのルールをファイル用に出力できます。--overwrite を付けるとファイルの内容で置き換えます。",
)
WHO = Template(en="{by}, {at}", ja="{by}、{at}")
UNKNOWN = Text(en="unknown", ja="不明")
APPLIED = Plural(
    one="{count} handler rule, {enabled} enabled, {changed} changed",
    many="{count} handler rules, {enabled} enabled, {changed} changed",
    ja="ハンドラールール {count} 件 (有効 {enabled} 件、変更 {changed} 件)",
)
NEW_VERSION = Template(en="version {number}", ja="バージョン {number}")
SHARED_BLOCKS = Template(en="changed for all rules: {names}", ja="全ルール共通の変更: {names}")
ROTATION_DIFFERS = Template(en="rotation {name}:", ja="当番表 {name}:")
NOTHING_CHANGED = Text(en="Nothing changed.", ja="変更はありません。")
APPLY = Text(en="Apply these changes?", ja="この変更を適用しますか?")
EDIT_AGAIN = Text(en="Edit again?", ja="もう一度編集しますか?")
NOT_APPLIED = Text(en="Not applied.", ja="適用しませんでした。")
CHANGED_SINCE = Text(
    en="the handler rules were changed in the meantime: run the command again",
    ja="その間にハンドラールールが変更されました。コマンドをもう一度実行してください",
)

EDITOR_FAILED = Template(
    en="the editor failed: {error}; set EDITOR, or use --set instead of `{command}`",
    ja="エディタの実行に失敗しました: {error}。EDITOR を設定するか、`{command}` の代わりに --set を使用してください",
)

NO_RULE = Template(
    en="no handler rule is named '{name}'{suggestion}", ja="ハンドラールール '{name}' はありません{suggestion}"
)
NAME_TAKEN = Template(
    en="the handler rule '{name}' exists: use `hinomi handlers edit {name}`",
    ja="ハンドラールール '{name}' はすでにあります。`hinomi handlers edit {name}` を使用してください",
)
CHANGED_MEANWHILE = Template(
    en="the handler rule '{name}' was changed in the meantime: edit it again",
    ja="ハンドラールール '{name}' はその間に変更されました。もう一度編集してください",
)
NAME_IS_FIXED = Template(
    en="the name '{name}' cannot change: add a rule with the new name and remove this one",
    ja="名前 '{name}' は変更できません。新しい名前のルールを追加し、このルールを削除してください",
)
INVALID_ASSIGNMENT = Template(
    en="invalid field '{text}': use field=value, such as mode=auto or match.severity=high",
    ja="フィールド '{text}' は無効です。mode=auto や match.severity=high のように指定してください",
)
NO_FIELDS_BELOW = Template(
    en="'{path}' cannot be set: '{field}' has no fields",
    ja="'{path}' は設定できません。'{field}' にフィールドはありません",
)
NO_VERSION = Template(
    en="no version {number}: `hinomi handlers history` lists them",
    ja="バージョン {number} はありません。`hinomi handlers history` で確認できます",
)
NO_VERSIONS = Text(
    en="No versions yet: `hinomi handlers apply` records the first one.",
    ja="バージョンはまだありません。`hinomi handlers apply` で最初のバージョンが記録されます。",
)
NO_VERSIONS_OF = Template(
    en="No version changed the handler rule '{name}'.",
    ja="ハンドラールール '{name}' を変更したバージョンはありません。",
)
VERSION_LINE = Template(en="{number}  {at}  {by} ({source})", ja="{number}  {at}  {by} ({source})")
SOURCES: Mapping[str, Text] = {
    "file": Text(en="file", ja="ファイル"),
    "command": Text(en="command", ja="コマンド"),
    "rollback": Text(en="rollback", ja="ロールバック"),
    "dashboard": Text(en="dashboard", ja="ダッシュボード"),
    "unknown": Text(en="an earlier release", ja="以前のリリース"),
}
TO_VERSION = Template(en="to version {number}", ja="バージョン {number} に戻す")
SAME = Template(
    en="The handler rules of version {older} and version {newer} are equal.",
    ja="バージョン {older} とバージョン {newer} のハンドラールールは同じです。",
)
