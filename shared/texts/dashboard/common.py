"""Texts that every page of the dashboard has: navigation, states, roles, times, errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from shared.texts import COMMA, Plural, Template, Text

SEPARATOR = COMMA  # in a list
HINOMI = Text(en="Hinomi", ja="Hinomi")
PAGE_TITLE = Template(en="{page} · Hinomi", ja="{page} · Hinomi")
SKIP = Text(en="Skip to content", ja="本文へ移動")
PAGES = Text(en="Pages", ja="ページ")
MAIN_PAGES = Text(en="Main pages", ja="主なページ")
MORE_PAGES = Text(en="More pages", ja="その他のページ")
MORE = Text(en="More", ja="その他")
SEARCH_OR_RUN = Text(en="Search", ja="検索")
SEARCH_PLACEHOLDER = Text(en="An incident, job, table, person or page", ja="インシデント、ジョブ、テーブル、人、ページ")
KEYBOARD = Text(en="Keyboard", ja="キーボード操作")
KEY_SEARCH = Text(en="search on this page", ja="このページ内を検索")
KEY_ROWS = Text(en="next and previous row", ja="次の行、前の行")
KEY_OPEN = Text(en="open, select the row", ja="行を開く、選択する")
KEY_ACT = Text(en="acknowledge, silence, resolve", ja="対応開始、サイレンス、復旧済みにする")
KEY_TABLE = Text(en="show a table instead of the picture", ja="図と表の切り替え")
KEY_HELP = Text(en="this list, close", ja="この一覧、閉じる")
CLOSE = Text(en="Close", ja="閉じる")
NEED_YOU = Text(en="need you", ja="件が対応待ち")
LOCAL = Text(en="this machine", ja="このマシン")


VIEWER = Text(en="viewer", ja="閲覧者")
OPERATOR = Text(en="operator", ja="運用担当者")
ADMIN = Text(en="admin", ja="管理者")
SHOW_LATEST = Plural(one="Show it", many="Show the latest {count}", ja="最新の {count} 件を表示")
NEEDS_ROLE = Template(en="Needs the role {role}.", ja="{role}の権限が必要です。")

OPEN = Text(en="open", ja="未対応")
ACKNOWLEDGED = Text(en="acknowledged", ja="対応中")
SILENCED = Text(en="silenced", ja="サイレンス中")
RUNNING = Text(en="running", ja="実行中")
WAITING = Text(en="waiting", ja="待機中")
RETRIES = Text(en="retries", ja="再試行")
PLANNED = Text(en="planned", ja="実行待ち")
REPAIRED = Text(en="repaired", ja="自動復旧")
RESOLVED = Text(en="resolved", ja="復旧")
CLOSED = Text(en="closed", ja="クローズ")
MORE_ALIKE = Template(en="{count} more from {rule}", ja="{rule} のインシデントがほかに {count} 件")

FAILED = Text(en="failed", ja="失敗")
WELL = Text(en="healthy", ja="正常")
UNKNOWN = Text(en="unknown", ja="不明")
# The word for each state glyph of templates/sprite.html.
SERVICES: Mapping[str, Text] = {
    "audit": Text(en="Audit logs", ja="監査ログ"),
    "network": Text(en="VPC network", ja="VPC ネットワーク"),
    "reports": Text(en="Reports", ja="外部からのレポート"),
}
STATES: Mapping[str, Text] = {
    "failed": FAILED,
    "late": Text(en="late", ja="遅延"),
    "learning": Text(en="learning", ja="学習中"),
    "repaired": REPAIRED,
    "running": RUNNING,
    "silenced": SILENCED,
    "waiting": WAITING,
    "well": WELL,
}

LIVE = Text(en="Live, updated", ja="自動更新中、最終更新")
PAUSE = Text(en="Pause", ja="一時停止")
RESUME = Text(en="Resume", ja="再開")
PAUSED = Text(en="Paused", ja="停止中")
SECONDS_AGO = Template(en="{seconds} s ago", ja="{seconds} 秒前")
NOT_UPDATED = Text(en="Not updated since", ja="更新が止まっています。最終更新")

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_DAYS = "月火水木金土日"


def short_day(local: date) -> Text:
    """The day and the month, such as `25 Nov`."""
    return Text(en=f"{local.day} {_MONTHS[local.month - 1][:3]}", ja=f"{local.month}月{local.day}日")


def long_day(local: datetime, zone: str) -> Text:
    """The time and the full date, such as `03:12 JST, Thursday 26 November 2026`."""
    day = f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    japanese = f"{local.year}年{local.month}月{local.day}日 ({_DAYS[local.weekday()]})"
    return Text(en=f"{local:%H:%M} {zone}, {day}", ja=f"{japanese} {local:%H:%M} {zone}")


NOT_FOUND_TITLE = Text(en="Page not found", ja="ページが見つかりません")
NOT_FOUND = Text(
    en="There is no page at this address, or its content was deleted after its retention.",
    ja="アドレスが間違っているか、保持期間を過ぎて削除されました。",
)
FORBIDDEN_TITLE = Text(en="No access", ja="アクセスできません")
FORBIDDEN_ROLE = Template(
    en="This needs the role {needed}. Ask an administrator of Hinomi to add you to {setting}.",
    ja="この操作には{needed}の権限が必要です。{setting} への追加を Hinomi の管理者に依頼してください。",
)
FORBIDDEN_PERSON = Text(
    en="Your account has no role for this. Ask an administrator of Hinomi to add you to HINOMI_DASHBOARD_VIEWERS, "
    "HINOMI_DASHBOARD_OPERATORS or HINOMI_DASHBOARD_ADMINS.",
    ja="このアカウントには権限がありません。HINOMI_DASHBOARD_VIEWERS、HINOMI_DASHBOARD_OPERATORS、HINOMI_DASHBOARD_ADMINS "
    "のいずれかへの追加を Hinomi の管理者に依頼してください。",
)
EXPIRED_TITLE = Text(en="The form has expired", ja="フォームの有効期限が切れました")
EXPIRED = Text(
    en="Nothing was changed. Go back, reload the page and send the form again.",
    ja="変更は行われていません。前のページを再読み込みしてから、もう一度送信してください。",
)
INVALID_TITLE = Text(en="The request is invalid", ja="リクエストが正しくありません")
INVALID = Text(
    en="The address or the form contains an invalid value.", ja="アドレスまたはフォームの値が正しくありません。"
)
NOT_CHANGED = Text(en="Nothing was changed.", ja="変更は行われていません。")
INVALID_FORM = Text(
    en="The form contains a value that is not one of its choices, or an invisible character. Enter the value again.",
    ja="フォームに、選択肢にない値または使用できない文字が含まれています。もう一度選択または入力してください。",
)
FORM_TOO_LARGE = Text(
    en="The form is larger than 1 MB. Shorten the text and send it again.",
    ja="フォームが 1 MB を超えています。内容を短くして、もう一度送信してください。",
)
NOT_DEPLOYED_TITLE = Text(en="This page is not available here", ja="このページはここでは利用できません")
NOT_DEPLOYED = Text(
    en="This page needs packages of the command line, which a deployed function does not have. Open the page with `hinomi dashboard` on a machine that can reach the databases.",
    ja="コマンドライン用のパッケージが必要なため、デプロイした関数では表示できません。データベースに接続できるマシンで `hinomi dashboard` を実行してください。",
)
FAILED_TITLE = Text(en="The page could not be displayed", ja="ページを表示できませんでした")
FAILED_PAGE = Text(
    en="The error is in the log of the dashboard. The other pages still work; `hinomi doctor` checks the installation.",
    ja="エラーはダッシュボードのログに記録されています。ほかのページは利用できます。`hinomi doctor` でインストールの状態を確認できます。",
)
NO_SIGN_IN_TITLE = Text(en="Nobody can sign in at the moment", ja="現在ログインできません")
NO_PROXY_KEYS = Template(
    en="The public keys of Identity-Aware Proxy cannot be read, so no request can be verified. Try again in a minute. Reason: {reason}",
    ja="Identity-Aware Proxy の公開鍵を取得できないため、リクエストを検証できません。1 分後に再試行してください。原因: {reason}",
)
UNAVAILABLE_TITLE = Text(en="Hinomi cannot read its database", ja="Hinomi のデータベースに接続できません")
UNAVAILABLE = Template(
    en="Incidents may be missing from this page; notifications are still sent. Run `hinomi doctor`. Reason: {reason}",
    ja="このページに表示されないインシデントがある可能性があります。通知は引き続き送信されます。`hinomi doctor` を実行してください。原因: {reason}",
)
INVALID_TIME = Template(
    en="Invalid time '{text}'. Use a date such as 2026-03-01, or a date and a time such as 2026-03-01T14:30.",
    ja="日時 '{text}' が正しくありません。2026-03-01 や 2026-03-01T14:30 の形式で指定してください。",
)
