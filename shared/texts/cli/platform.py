"""Texts of `hinomi platform`, and platform maps that cannot be read."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

WRITTEN = Template(
    en="wrote {file}: correct it, then set HINOMI_PLATFORM_FILE={file}",
    ja="{file} を作成しました。内容を修正し、HINOMI_PLATFORM_FILE={file} を設定してください",
)
CANNOT_BE_WRITTEN = Template(en="{file} cannot be written: {error}", ja="{file} に書き込めません: {error}")
NO_MAP = Text(
    en="no platform map: set HINOMI_PLATFORM_FILE or name a file",
    ja="プラットフォームマップがありません。HINOMI_PLATFORM_FILE を設定するか、ファイルを指定してください",
)
VALID = Template(en="{layers}, {personas}: valid", ja="{layers}、{personas}: 誤りはありません")
LAYERS = Plural(one="{count} layer", many="{count} layers", ja="層 {count} 個")
PERSONAS = Plural(one="{count} persona", many="{count} personas", ja="ペルソナ {count} 個")
CANNOT_BE_READ = Template(
    en="the platform map {file} cannot be read: {error}", ja="プラットフォームマップ {file} を読み取れません: {error}"
)
NOT_COMPILED = Template(
    en="the platform map is not compiled and {package} is not installed: run `hinomi deploy source`",
    ja="プラットフォームマップがコンパイルされておらず、{package} もインストールされていません。"
    "`hinomi deploy source` を実行してください",
)
NO_RESOURCES = Text(
    en="no snapshot has seen a dataset, bucket or topic yet: run `hinomi snapshot run iam.bindings`",
    ja="データセット、バケット、トピックがスナップショットにまだありません。`hinomi snapshot run iam.bindings` を実行してください",
)
NO_GRANTS = Text(
    en="no snapshot has seen a grant yet: run `hinomi snapshot run iam.bindings`",
    ja="権限付与がスナップショットにまだありません。`hinomi snapshot run iam.bindings` を実行してください",
)

# Comments in a draft.
DRAFTED = Text(
    en="Drafted from the snapshots. Correct it: access is compared with this map.",
    ja="スナップショットから作成した下書きです。内容を修正してください。アクセス権はこのマップと比較されます。",
)
PARTS = Text(en="The parts of the map: docs/platform-map.md", ja="マップの書き方: docs/platform-map.ja.md")
PEOPLE = Text(
    en="People with grants of their own: move them into a group or revoke the grants, and delete the persona here.",
    ja="個人に直接付与されています。グループへ移すか権限付与を取り消し、ここのペルソナを削除してください。",
)
LEFT_OUT = Text(
    en="Left out, so that `hinomi access drift` shows them. For grants that are intended, add a persona:",
    ja="次の権限付与は含めていません (`hinomi access drift` に表示されます)。想定内の場合はペルソナを追加してください:",
)
GRANT = Template(en="{member} has {role} on {resource}", ja="{resource} で {member} に {role}")
MORE = Template(en="and {count} more", ja="ほか {count} 件")

# Messages about what a map says.
EMPTY_TEXT = Text(en="an empty text matches nothing", ja="空のテキストは何にも一致しません")
INVALID_DATASET = Template(
    en="'{pattern}' matches no dataset: use project.dataset",
    ja="'{pattern}' に一致するデータセットはありません。project.dataset の形式で指定してください",
)
INVALID_BUCKET = Template(
    en="'{pattern}' matches no bucket: use its name alone",
    ja="'{pattern}' に一致するバケットはありません。バケット名だけを指定してください",
)
INVALID_TOPIC = Template(
    en="'{pattern}' matches no topic: use projects/P/topics/T",
    ja="'{pattern}' に一致するトピックはありません。projects/P/topics/T の形式で指定してください",
)
INVALID_MEMBER = Template(
    en="invalid member '{member}': use group:…, user:… or serviceAccount:…",
    ja="メンバー '{member}' が無効です。group:…、user:…、serviceAccount:… のいずれかを指定してください",
)
NO_PATTERNS = Template(
    en="missing patterns: use one of {kinds}", ja="パターンがありません。{kinds} のいずれかを指定してください"
)
NOTHING_ALLOWED = Text(
    en="missing key: use 'may' or 'roles'",
    ja="許可する内容がありません。'may' または 'roles' を指定してください",
)
NOWHERE_ALLOWED = Text(
    en="missing key: use 'layers' or 'resources'",
    ja="許可する対象がありません。'layers' または 'resources' を指定してください",
)
NOTHING_IGNORED = Text(
    en="missing key: use 'member', 'role' or both",
    ja="無視する内容がありません。'member' と 'role' の一方または両方を指定してください",
)
NO_LAYER = Template(
    en="layers: there is no layer '{layer}'{suggestion}", ja="layers: 層 '{layer}' はありません{suggestion}"
)
