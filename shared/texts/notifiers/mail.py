"""Results and errors of the e-mail notifier."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

DIGEST_SUBJECT = Plural(
    one="[Hinomi] {count} incident", many="[Hinomi] {count} incidents", ja="[Hinomi] インシデント {count} 件"
)
TEST_SUBJECT = Text(en="[Hinomi] Test: Hinomi can reach this channel", ja="[Hinomi] 通知テスト")

WOULD_SEND = Template(en="would send an e-mail to {channel}", ja="{channel} にメールを送信する予定")
SENT = Plural(
    one="e-mail sent to {channel}: {count} recipient",
    many="e-mail sent to {channel}: {count} recipients",
    ja="{channel} にメールを送信: 宛先 {count} 件",
)
PLAIN_SENT = Template(
    en="plain e-mail sent to {channel}, because the server rejected the first one: {reason}",
    ja="最初のメールが拒否されたため、{channel} に簡易なメールを送信: {reason}",
)
NOT_ALL = Template(en="{sent}; rejected: {refused}", ja="{sent}。拒否された宛先: {refused}")
RECIPIENT_REFUSED = Template(
    en="the server rejected this recipient: {reply}", ja="サーバーがこの宛先を拒否しました: {reply}"
)
NO_RECIPIENT = Template(
    en="not sent to {channel}: its recipients no longer include this address",
    ja="{channel} には送信していません。宛先にこのアドレスがなくなりました",
)

ACCEPTED = Template(
    en="Accepted by {host} after {seconds} s for {addresses}. Check the mailbox: a later bounce goes to the sender.",
    ja="{host} が {seconds} 秒で受け付けました (宛先: {addresses})。メールが届いたことを確認してください。後から返送される不達通知は差出人に届きます。",
)
REFUSED = Template(en="Rejected: {refused}", ja="拒否された宛先: {refused}")

INVALID = Template(en="{setting}: {reason}", ja="{setting}: {reason}")
NO_PASSWORD = Template(
    en="{user} has no password: set {setting}", ja="{user} のパスワードが未設定です。{setting} を設定してください"
)
SERVER_FORM = Text(
    en="use smtps://HOST:PORT (TLS) or smtp://HOST:PORT (STARTTLS), without user and password",
    ja="smtps://HOST:PORT (TLS) または smtp://HOST:PORT (STARTTLS) を指定してください。ユーザーとパスワードは含めません",
)
ADDRESS_FORM = Template(
    en="'{value}' is not an e-mail address: use addresses such as oncall@example.com, separated by commas",
    ja="'{value}' はメールアドレスではありません。oncall@example.com のようにカンマ区切りで指定してください",
)

UNRESOLVED = Template(
    en="the mail server {host} has no address: check HINOMI_EMAIL_SERVER, or DNS",
    ja="メールサーバー {host} の名前を解決できません。HINOMI_EMAIL_SERVER と DNS を確認してください",
)
UNTRUSTED = Template(
    en="no secure connection to {host}: check HINOMI_EMAIL_SERVER, its port (465 is smtps, 587 is smtp) and the certificate",
    ja="{host} と安全に接続できません。HINOMI_EMAIL_SERVER のポート (465 は smtps、587 は smtp) と証明書を確認してください",
)
NOT_SUPPORTED = Template(
    en="the mail server lacks a feature that is needed (STARTTLS or a login): {reason}",
    ja="メールサーバーが必要な機能 (STARTTLS または認証) に対応していません: {reason}",
)
NO_ANSWER = Template(
    en="no response from {host}, port {port} ({kind}): check HINOMI_EMAIL_SERVER, or a firewall",
    ja="{host} のポート {port} から応答なし ({kind})。HINOMI_EMAIL_SERVER またはファイアウォールを確認してください",
)
LOGIN_REFUSED = Template(
    en="the mail server rejected the login: check HINOMI_EMAIL_USER and HINOMI_EMAIL_PASSWORD ({code} {reply})",
    ja="メールサーバーが認証を拒否しました。HINOMI_EMAIL_USER と HINOMI_EMAIL_PASSWORD を確認してください ({code} {reply})",
)
LOGIN_REQUIRED = Template(
    en="the mail server requires a login: set HINOMI_EMAIL_USER and HINOMI_EMAIL_PASSWORD ({code} {reply})",
    ja="メールサーバーが認証を要求しています。HINOMI_EMAIL_USER と HINOMI_EMAIL_PASSWORD を設定してください ({code} {reply})",
)
SENDER_REFUSED = Template(
    en="the mail server rejected the sender: check HINOMI_EMAIL_FROM and HINOMI_EMAIL_USER ({code} {reply})",
    ja="メールサーバーが差出人を拒否しました。HINOMI_EMAIL_FROM と HINOMI_EMAIL_USER を確認してください ({code} {reply})",
)
RECIPIENTS_REFUSED = Plural(
    one="the mail server rejected {address}: check the recipients of the channel, HINOMI_EMAIL_TO ({code} {reply})",
    many="the mail server rejected all {count} recipients, such as {address}: check those of the channel, HINOMI_EMAIL_TO "
    "({code} {reply})",
    ja="メールサーバーが宛先 {count} 件をすべて拒否しました。例: {address}。チャネルの宛先 HINOMI_EMAIL_TO を確認してください ({code} {reply})",
)
CONTENT_REFUSED = Template(
    en="the mail server rejected the message: {code} {reply}", ja="メールサーバーがメールを拒否しました: {code} {reply}"
)
ANSWERED = Template(en="the mail server responded {code} {reply}", ja="メールサーバーの応答は {code} {reply}")
