"""Messages of `hinomi tokens`."""

from __future__ import annotations

from shared.texts import Template, Text

NAME = Text(en="Name", ja="名前")
SCOPES = Text(en="Scopes", ja="スコープ")
STATE = Text(en="State", ja="状態")
LAST_USED = Text(en="Last used", ja="最終使用")
CREATED = Text(en="Created", ja="作成")
NEVER = Text(en="never", ja="未使用")
CREATED_BY = Template(en="{day} by {by}", ja="{day} ({by})")
VALID_UNTIL = Template(en="valid until {day}", ja="{day} まで有効")
EXPIRED = Template(en="expired on {day}", ja="{day} に期限切れ")
WAS_REVOKED = Template(en="revoked on {day} by {by}", ja="{day} に失効 ({by})")

NO_TOKENS = Text(
    en="No tokens: `hinomi tokens add NAME --scope read` creates one.",
    ja="トークンはありません。`hinomi tokens add NAME --scope read` で作成できます。",
)
ONLY_NOW = Template(
    en="Valid until {until}. Store it now: it cannot be shown again.",
    ja="{until} まで有効です。再表示できないため、今すぐ保管してください。",
)
REVOKED = Template(en="Token {name} is revoked.", ja="トークン {name} を失効させました。")
INVALID_NAME = Template(
    en="Invalid name '{name}'. Use letters, digits, '.', '_' and '-', at most 60, beginning with a letter or digit.",
    ja="名前 '{name}' は使えません。英数字と '.'、'_'、'-' で 60 文字以内、先頭は英数字にしてください。",
)
INVALID_LENGTH = Template(
    en="Invalid --expires {duration}. Use at most 366 days, such as 90d.",
    ja="--expires {duration} は指定できません。トークンの有効期間は 366 日までです (例: 90d)。",
)
NAME_TAKEN = Template(
    en="A token named {name} exists or existed: changes are recorded with its name, so choose another one.",
    ja="{name} というトークンが存在するか、過去に存在しました。変更はトークン名で記録されるため、別の名前を指定してください。",
)
NO_TOKEN = Template(
    en="No valid token is named {name}{suggestion}", ja="{name} という有効なトークンはありません{suggestion}"
)
SHOW_TOKENS = Text(en=": `hinomi tokens list` shows all of them.", ja=": `hinomi tokens list` で確認してください。")
