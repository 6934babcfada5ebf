"""Results and errors of the Teams notifier."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

WOULD_SEND = Template(en="would send a card to {channel}", ja="{channel} にカードを送信する予定")
SENT = Template(en="card sent to {channel}: HTTP {status}", ja="{channel} にカードを送信: HTTP {status}")
DIGEST_SENT = Plural(
    one="digest of {count} notification sent to {channel}: HTTP {status}",
    many="digest of {count} notifications sent to {channel}: HTTP {status}",
    ja="{channel} に通知 {count} 件のまとめを送信: HTTP {status}",
)
PLAIN_SENT = Template(
    en="plain notification sent to {channel}, because the card was rejected: {reason}",
    ja="カードが拒否されたため、{channel} に簡易な通知を送信: {reason}",
)
FILTERED = Template(
    en="Teams answered {status} to the card and accepted a simpler one: a content filter may have rejected one "
    "of its texts",
    ja="応答は {status} ですが簡易な通知は受け付けられたため、カードの内容がフィルタに拒否された可能性があります",
)

ANSWER = Template(en="HTTP {status} after {seconds} s", ja="HTTP {status} ({seconds} 秒)")
BODY = Template(en="Body: {body}", ja="本文: {body}")
ACCEPTED = Text(
    en="Accepted: the workflow was started. Check the channel: "
    "a workflow that fails later reports it only in its run history.",
    ja="受け付けられました。ワークフローが起動しています。チャネルに届いたことを確認してください。"
    "起動後の失敗は、ワークフローの実行履歴にのみ記録されます。",
)

NO_WEBHOOK = Template(
    en="the Teams channel '{name}' has no webhook: set {setting}",
    ja="Teams チャネル '{name}' の Webhook が未設定です。{setting} を設定してください",
)
NOT_HTTPS = Text(
    en="the webhook URL is not an https address: copy it from the workflow again",
    ja="Webhook の URL が https ではありません。ワークフローからコピーし直してください",
)
CONNECTOR = Text(
    en="the webhook URL is that of an Office 365 connector, which Teams disabled in May 2026: create a workflow (docs/teams.md)",
    ja="Webhook の URL は、2026 年 5 月に廃止された Office 365 コネクタのものです。ワークフローを作成してください (docs/teams.ja.md)",
)
WEB_PAGE = Template(
    en="{setting} leads to a web page, not to a workflow: copy the workflow's URL again",
    ja="{setting} の URL はワークフローではなく Web ページです。URL をコピーし直してください",
)
NO_ANSWER = Template(en="no response from the Teams webhook ({kind})", ja="Teams の Webhook から応答なし ({kind})")
UNRESOLVED = Text(
    en="the host of the webhook URL has no address: copy the workflow's URL again, or check DNS",
    ja="Webhook の URL のホスト名を解決できません。URL をコピーし直すか、DNS を確認してください",
)
UNTRUSTED = Text(
    en="no secure connection to the host of the webhook URL: check the URL, and the certificates of a proxy",
    ja="Webhook の URL のホストと安全に接続できません。URL とプロキシの証明書を確認してください",
)
UNUSABLE = Template(
    en="the Teams webhook cannot be called ({kind}): copy its URL again",
    ja="Teams の Webhook を呼び出せません ({kind})。URL をコピーし直してください",
)
ANSWERED = Template(en="Teams answered {status}: {advice}", ja="Teams の応答は {status}: {advice}")
REPORTED = Template(
    en="Teams answered {status} but reported an error: {advice}",
    ja="Teams の応答は {status} ですが、エラーが報告されました: {advice}",
)
BAD_CARD = Text(
    en="Teams rejected the card: check the workflow's runs in Power Automate",
    ja="カードが受け付けられませんでした。Power Automate の実行履歴を確認してください",
)
SWITCHED_OFF = Text(
    en="the workflow is switched off or not authorized: turn it on in Power Automate and check its connections",
    ja="ワークフローが無効か、接続が承認されていません。Power Automate で有効にし、接続を確認してください",
)
REFUSED = Template(
    en="the workflow rejects this caller: let anyone trigger it, or copy its URL again and set {setting}",
    ja="ワークフローが呼び出しを拒否しました。誰でも起動できるように設定するか、URL をコピーし直して {setting} に設定してください",
)
GONE = Template(
    en="the workflow no longer exists: create a new one and set {setting}",
    ja="ワークフローが存在しません。新しく作成して {setting} に設定してください",
)
TOO_LARGE = Text(
    en="the card is too large: report this as a bug in Hinomi",
    ja="カードが大きすぎます。Hinomi の不具合として報告してください",
)
TOO_MANY = Text(en="too many messages on this channel", ja="このチャネルへの通知が多すぎます")
NO_REASON = Text(en="no reason given", ja="理由の記載なし")
