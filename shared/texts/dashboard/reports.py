"""Texts of the page Reports. The report itself has those of shared/texts/reports."""

from __future__ import annotations

from shared.texts import Template, Text

TITLE = Text(en="Reports", ja="レポート")
DAILY = Text(en="Day", ja="日次")
WEEKLY = Text(en="Week", ja="週次")
EARLIER = Text(en="Earlier", ja="前の期間")
LATER = Text(en="Later", ja="次の期間")
PRINT = Text(en="Print", ja="印刷")
AS_OF = Template(en="As of {time}.", ja="{time} 時点の内容です。")
AGAIN = Text(en="Create it again now", ja="最新の内容で作成し直す")
CREATING = Text(en="Creating the report takes a few seconds.", ja="作成しています。数秒かかります。")
BEING_CREATED = Text(
    en="This report is being created. It is not stored, so Hinomi computes it from the history. It appears here in a few seconds.",
    ja="レポートを作成しています。保存済みのレポートがないため、履歴から集計しています。数秒後に、この画面に表示されます。",
)
NOT_CREATED_YET = Text(en="This report has not been created yet.", ja="このレポートはまだ作成されていません。")
TAKES_SECONDS = Text(en="This takes a few seconds.", ja="数秒かかります。")
CREATE = Text(en="Create the report", ja="レポートを作成")
NOT_CREATED = Text(en="The report could not be created.", ja="レポートを作成できませんでした。")
TRY_AGAIN = Text(en="Try again", ja="再試行")
INVALID_DAY = Template(
    en="Invalid day '{text}'. Use a date such as 2026-11-16.",
    ja="日付 '{text}' が正しくありません。2026-11-16 の形式で指定してください。",
)
URGENT = Text(en="needs a person", ja="対応が必要")
