"""Mistakes in handler rules and in plug-ins."""

from __future__ import annotations

from shared.texts import Template, Text

RUNS_PER_HOUR = Template(
    en="invalid value '{value}': use runs per hour, such as 5/h",
    ja="値 '{value}' は無効です。5/h のように 1 時間あたりの回数を指定してください",
)
NO_APPROVAL_OF_NOTIFICATIONS = Text(
    en="only remediations can wait for approval: use auto or dry_run",
    ja="承認待ちにできるのは自動修復のみです。auto または dry_run を使用してください",
)
NO_ESCALATION_OF_REMEDIATIONS = Text(
    en="only notifications can have on: unacknowledged", ja="on: unacknowledged は通知ルールでのみ使用できます"
)
AFTER_MISSING = Text(
    en="on: unacknowledged needs after, such as 15m", ja="on: unacknowledged には after (15m など) が必要です"
)
UNACKNOWLEDGED_MISSING = Text(
    en="after requires on: unacknowledged", ja="after は on: unacknowledged のルールでのみ使用できます"
)
REPEAT_WITHOUT_AFTER = Text(en="repeat needs after", ja="repeat には after が必要です")
REPEAT_TOO_SHORT = Text(en="use 5m or more", ja="5m 以上を指定してください")
NOT_INHERITED = Text(
    en="unacknowledged cannot be inherited: write it in the rule, with after",
    ja="unacknowledged は defaults に指定できません。ルールに after とともに指定してください",
)
NO_HOURS_OF_REMEDIATIONS = Text(en="only notifications can have hours", ja="hours は通知ルールでのみ使用できます")
NO_ROTATION = Template(
    en="there is no rotation '{name}': add it to `rotations` of handlers.yaml",
    ja="当番表 '{name}' はありません。handlers.yaml の `rotations` に追加してください",
)
NO_PERSON_TO_NOTIFY = Text(
    en="on_call requires a notifier with channels", ja="on_call はチャネルを持つ通知でのみ使用できます"
)
ON_CALL_AND_CHANNEL = Text(
    en="use either on_call or params.channel", ja="on_call と params.channel のどちらか一方を指定してください"
)
NO_OWNER_TO_NOTIFY = Text(
    en="to_owner requires a notifier with channels", ja="to_owner はチャネルを持つ通知でのみ使用できます"
)
TO_OWNER_AND_ON_CALL = Text(
    en="use either to_owner or on_call", ja="to_owner と on_call のどちらか一方を指定してください"
)
INVALID_PERSON = Text(
    en="a person must be the name of a channel: use a-z, 0-9 and _",
    ja="当番の名前はチャネル名です。a-z、0-9、_ を使用してください",
)
INVALID_TIME = Template(
    en="invalid time '{text}': use a time such as \"09:00\"",
    ja="時刻 '{text}' は無効です。\"09:00\" のように指定してください",
)
INVALID_WALL_TIME = Template(
    en="invalid time '{text}': use a time such as 2026-12-24 09:00",
    ja="日時 '{text}' は無効です。2026-12-24 09:00 のように指定してください",
)
WHOLE_DAYS = Text(en="use whole days, such as 1d or 1w", ja="1d や 1w のように日単位で指定してください")
OVERRIDE_ENDS_BEFORE = Text(en="until must be after from", ja="until は from より後にしてください")
OPEN_OR_QUIET = Text(en="use either open or quiet", ja="open と quiet のどちらか一方を指定してください")
INVALID_DAY = Template(
    en="invalid day '{text}': use a date such as 2026-12-31",
    ja="日付 '{text}' は無効です。2026-12-31 のように指定してください",
)
NAME_TAKEN = Template(
    en="name: '{name}' is already used by another rule", ja="name: '{name}' は別のルールで使用されています"
)
INVALID_NAME = Text(en="use a-z, 0-9, - and _", ja="a-z、0-9、-、_ を使用してください")
NO_NOTIFIER = Template(
    en="there is no notifier '{name}'{suggestion}", ja="通知プラグイン '{name}' はありません{suggestion}"
)
NO_TEST_MESSAGE = Template(
    en="the notifier '{name}' has no test message (send_test)",
    ja="通知プラグイン '{name}' にはテストメッセージ (send_test) がありません",
)
NO_ACTION = Template(en="there is no action '{name}'{suggestion}", ja="アクション '{name}' はありません{suggestion}")
INCOMPLETE = Template(en="the action '{name}' has no {parts}", ja="アクション '{name}' に {parts} がありません")
NO_PARAMETER = Template(
    en="'{action}' has no parameter '{name}': use {names}",
    ja="'{action}' にパラメータ '{name}' はありません。使用できるもの: {names}",
)
NONE = Text(en="none", ja="なし")
PARAMETER_MISSING = Template(
    en="'{action}' needs the parameter '{name}'", ja="'{action}' にはパラメータ '{name}' が必要です"
)
IMPORT_FAILED = Template(
    en="'{name}' of the package {package} cannot be imported: {reason}",
    ja="パッケージ {package} の '{name}' をインポートできません: {reason}",
)
LIST_OF_TEXTS = Template(
    en="'{name}' must be a list of texts, not {value}",
    ja="'{name}' はテキストのリストにしてください ({value} は無効です)",
)
MAPPING = Template(
    en="'{name}' must be a mapping of names to values, not {value}",
    ja="'{name}' は名前と値のマッピングにしてください ({value} は無効です)",
)
TYPE = Template(
    en="'{name}' must be of type {type}, not {value}", ja="'{name}' は {type} 型にしてください ({value} は無効です)"
)
INVALID_DOMAIN = Template(
    en="'allowed_domains' lists domains such as example.com, not '{domain}'",
    ja="'allowed_domains' には example.com のようなドメインを指定してください ('{domain}' は無効です)",
)
MAX_CLEARS = Template(
    en="'max_clears' is {value}: use 1 to {most}",
    ja="'max_clears' の値 {value} は無効です。1 ～ {most} を指定してください",
)
INVALID_CHANNEL = Template(
    en="the channel '{name}' is not a name: use a-z, 0-9 and _",
    ja="チャネル名 '{name}' は無効です。a-z、0-9、_ を使用してください",
)
NOT_COMPILED = Template(
    en="cannot be read: {error}; `hinomi deploy source` writes it",
    ja="読み取れません: {error}。`hinomi deploy source` で作成されます",
)
NO_BRAKES_OF_NOTIFICATIONS = Text(
    en="these brakes are for remediations: a notification has cooldown and budget",
    ja="brakes は自動修復にのみ指定できます。通知には cooldown と budget を使用してください",
)
NO_THEN_OF_NOTIFICATIONS = Text(
    en="only a remediation has a next step: a notification is the last one",
    ja="then と after_success は自動修復にのみ指定できます。通知は最後の手順になります",
)
NO_SUCH_RULE = Text(en="there is no such rule", ja="このルールはありません")
UNKNOWN_STEP = Template(
    en="the next step '{name}' is not a handler rule", ja="次の手順 '{name}' というハンドラールールはありません"
)
CIRCLE = Template(en="the next steps form a circle: {names}", ja="次の手順の指定が循環しています: {names}")
