"""Problems of the JSON API: what happened, why, and what to do."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

INVALID = Text(en="The request is invalid.", ja="リクエストが正しくありません。")
INVALID_FIELDS = Plural(
    one="{count} parameter or field is invalid: `errors` names it.",
    many="{count} parameters or fields are invalid: `errors` names them.",
    ja="{count} 個のパラメータまたは項目が正しくありません。`errors` を参照してください。",
)
INVALID_ACTION = Text(
    en="Correct it as /api/v1/openapi.json describes.", ja="/api/v1/openapi.json の記述に従って修正してください。"
)
INVALID_CURSOR = Text(
    en="Invalid cursor: send the `next_cursor` of the previous page.",
    ja="カーソルが Hinomi の返したものではありません。前のページの `next_cursor` を指定してください。",
)
NUL = Text(en="The address contains a NUL character.", ja="アドレスに NUL 文字が含まれています。")

UNAUTHORIZED = Text(en="The caller is not authenticated.", ja="呼び出し元を識別できません。")
UNAUTHORIZED_ACTION = Text(
    en="Create a token with `hinomi tokens add` and send it as `Authorization: Bearer TOKEN`, or as `X-Hinomi-Token: TOKEN` "
    "where Identity-Aware Proxy uses that header. docs/api.md shows both.",
    ja="`hinomi tokens add` でトークンを作成し、`Authorization: Bearer TOKEN` で送信してください。Identity-Aware Proxy がこのヘッダーを使う場合は "
    "`X-Hinomi-Token: TOKEN` を使います。docs/api.md を参照してください。",
)
INVALID_TOKEN = Text(
    en="The token does not exist, has expired or was revoked.",
    ja="トークンが存在しないか、期限切れか、失効しています。",
)
NO_PROXY = Text(
    en="Requests to a deployed dashboard must come through Identity-Aware Proxy; this one did not.",
    ja="リクエストが Identity-Aware Proxy を経由していません。デプロイしたダッシュボードでは必須です。",
)
NOT_THIS_MACHINE = Text(
    en="A local dashboard answers requests of this machine only, under its own names.",
    ja="ローカルのダッシュボードは、このマシンから、このマシンの名前でのリクエストにのみ応答します。",
)

FORBIDDEN = Text(en="The caller may not do this.", ja="この操作は許可されていません。")
NO_ROLE = Template(en="{person} has no role in Hinomi.", ja="{person} には Hinomi のロールがありません。")
NO_ROLE_ACTION = Text(
    en="Ask an administrator to add the address to HINOMI_DASHBOARD_VIEWERS, or send a token.",
    ja="管理者に HINOMI_DASHBOARD_VIEWERS への追加を依頼するか、トークンを送信してください。",
)
NEEDS_SCOPE = Template(
    en="The operation needs the scope {scope}; the caller has: {held}.",
    ja="この操作にはスコープ {scope} が必要です (現在のスコープ: {held})。",
)
NEEDS_SCOPE_ACTION = Template(
    en="Use a token with the scope: `hinomi tokens add NAME --scope {scope}`. A person needs the role operator for changes.",
    ja="そのスコープを持つトークン (`hinomi tokens add NAME --scope {scope}`) を使ってください。人が変更するには運用担当者のロールが必要です。",
)
NOT_APPROVER = Text(
    en="Only the people in `approvers` of the handler rule may decide: add the name there, or ask one of them.",
    ja="判断できるのは、ハンドラールールの `approvers` に指定された人だけです。名前を追加するか、指定された人に"
    "依頼してください。",
)

FORGED = Text(en="The change was not accepted.", ja="変更を受け付けませんでした。")
FORGED_DETAIL = Text(
    en="A change by a signed-in person must come from this site, with the CSRF token of their browser.",
    ja="ログイン中の人による変更には、このサイトから送られたブラウザの CSRF トークンが必要です。",
)
FORGED_ACTION = Text(
    en="Programs send a token of `hinomi tokens add`; pages send the header X-CSRF-Token with the value of the cookie.",
    ja="プログラムは `hinomi tokens add` のトークンを送信し、ページは Cookie の値をヘッダー X-CSRF-Token で送信してください。",
)

NOT_FOUND = Text(en="Not found.", ja="見つかりません。")
NO_ADDRESS = Text(en="This address does not exist in the API.", ja="API にこのアドレスはありません。")
NO_INCIDENT = Template(en="There is no incident {id}.", ja="インシデント {id} はありません。")
NO_JOB = Template(en="No run of the job {name} is known.", ja="ジョブ {name} の実行記録がありません。")
NO_CHECK = Template(en="No result of the check {key} is known.", ja="チェック {key} の結果がありません。")
NO_MEASURE = Template(en="There is no series {id}.", ja="系列 {id} はありません。")
NO_SILENCE = Template(
    en="Silence {id} does not exist or has expired.", ja="サイレンス {id} は存在しないか、終了しています。"
)
NOT_FOUND_ACTION = Text(
    en="List what exists, or read /api/v1/openapi.json.",
    ja="一覧を取得するか、/api/v1/openapi.json を参照してください。",
)

WRONG_METHOD = Text(en="The address does not accept this method.", ja="このアドレスではこのメソッドを使えません。")
WRONG_METHOD_DETAIL = Template(en="It accepts: {methods}.", ja="使えるメソッド: {methods}")
WRONG_METHOD_ACTION = Text(en="Use one of the allowed methods.", ja="いずれかを使ってください。")

CONFLICT = Text(en="The current state does not allow this operation.", ja="現在の状態ではこの操作はできません。")
CONFLICT_ACTION = Text(
    en="Read the current state, and decide again.", ja="現在の状態を確認して、判断し直してください。"
)
ALREADY = Template(en="Incident {id} is {status}.", ja="インシデント {id} はすでに{status}です。")
ALREADY_FALSE_ALARM = Template(
    en="Incident {id} is marked as a false alarm.", ja="インシデント {id} はすでに誤検知として記録されています。"
)
NO_RESOURCE = Template(
    en="Incident {id} names no resource: silence its rule.",
    ja="インシデント {id} にはリソースがありません。ルールをサイレンスしてください。",
)
NOTHING_TO_MATCH = Text(
    en="A silence needs at least one property to match.", ja="サイレンスには一致条件が 1 つ以上必要です。"
)
LONG_SILENCE = Text(
    en="A silence lasts at most 366 days: remove or disable the handler rule instead.",
    ja="サイレンスは最長 366 日です。代わりにハンドラールールを削除または無効にしてください。",
)
WIDE_SILENCE = Text(
    en="The silence covers several services, a whole service, or more than 30 days: it may hide unexpected problems. "
    "Narrow it, or send confirm_wide.",
    ja="複数のサービス、サービス全体、または 30 日を超えるサイレンスは、想定外の問題を隠す可能性があります。範囲を狭めるか、confirm_wide を指定してください。",
)
PLAN_CHANGED = Text(
    en="The plan has changed since you read it: its fingerprint differs.",
    ja="計画が確認後に変わりました (フィンガープリントが異なります)。",
)

TOO_LARGE = Text(en="The body is too large.", ja="本文が大きすぎます。")
TOO_LARGE_DETAIL = Template(en="A body has at most {kib} KiB.", ja="本文は最大 {kib} KiB です。")
TOO_LARGE_ACTION = Text(en="Send a smaller body.", ja="小さくしてください。")

MEDIA_TYPE = Text(en="The body is not declared as JSON.", ja="本文が JSON として宣言されていません。")
MEDIA_TYPE_DETAIL = Text(
    en="A body of another type could come from a form of another site.",
    ja="ほかの形式の本文は、別のサイトのフォームから送られた可能性があります。",
)
MEDIA_TYPE_ACTION = Text(
    en="Send the header Content-Type: application/json.",
    ja="ヘッダー Content-Type: application/json を送信してください。",
)

FAILED = Text(en="Hinomi could not answer.", ja="応答できませんでした。")
FAILED_DETAIL = Text(
    en="Internal error of the dashboard; its log has the reason.",
    ja="ダッシュボードの不具合です。理由はログに記録されています。",
)
FAILED_ACTION = Text(
    en="Read the log of the function `dashboard`, and report it.",
    ja="関数 `dashboard` のログを確認し、報告してください。",
)
NOT_DEPLOYED = Text(en="This dashboard cannot answer the request.", ja="このダッシュボードでは応答できません。")
NOT_DEPLOYED_DETAIL = Text(
    en="The answer needs packages of the command line, which are not deployed.",
    ja="コマンドライン用のパッケージが必要ですが、デプロイされていません。",
)
NOT_DEPLOYED_ACTION = Text(
    en="Use a dashboard started with `hinomi dashboard`.",
    ja="`hinomi dashboard` で起動したダッシュボードを使ってください。",
)
UNAVAILABLE = Text(en="A database is unavailable.", ja="データベースに接続できません。")
UNAVAILABLE_ACTION = Text(
    en="Try again in a few seconds; if the problem persists, run `hinomi doctor`.",
    ja="数秒後に再試行してください。続く場合は `hinomi doctor` で確認してください。",
)

NO_MAP = Text(
    en="There is no platform map: HINOMI_PLATFORM_FILE is empty.",
    ja="プラットフォームマップがありません (HINOMI_PLATFORM_FILE が空です)。",
)
UNKNOWN_LABEL = Template(
    en="No recent BigQuery job has the label {name}.", ja="最近の BigQuery ジョブにラベル {name} はありません。"
)
ONE_OF_TWO = Text(
    en="Specify either a resource or a principal.", ja="resource と principal のどちらか一方を指定してください。"
)
INVALID_RANGE = Text(
    en="The end must be 10 minutes to ten years after the start.",
    ja="終了は開始の 10 分後から 10 年後までの範囲で指定してください。",
)
FUTURE_DAY = Text(en="The day is in the future.", ja="まだ始まっていない日です。")
