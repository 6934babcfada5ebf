"""Results and errors of the webhook notifier."""

from __future__ import annotations

from shared.texts import Template, Text

WOULD_SEND = Template(en="would send an event to {channel}", ja="{channel} にイベントを送信する予定")
SENT = Template(en="event sent to {channel}: HTTP {status}", ja="{channel} にイベントを送信: HTTP {status}")
SHORT_SENT = Template(
    en="short event sent to {channel}, because the full one was rejected: {reason}",
    ja="詳細なイベントが拒否されたため、{channel} に簡易なイベントを送信: {reason}",
)
ANSWER = Template(en="HTTP {status} after {seconds} s", ja="HTTP {status} ({seconds} 秒)")
BODY = Template(en="Body: {body}", ja="本文: {body}")
ACCEPTED = Text(en="Accepted.", ja="受け付けられました。")

NOT_HTTPS = Template(
    en="{setting} is not an https address: set the address of the receiver",
    ja="{setting} が https のアドレスではありません。受信側のアドレスを設定してください",
)
KEY_FORM = Template(
    en="{setting} is not a signing key: use whsec_ and 24 to 64 bytes in base64 (docs/webhook.md shows how to make one)",
    ja="{setting} が署名用の鍵ではありません。whsec_ に続けて 24 ～ 64 バイトの base64 を指定してください (作成方法: docs/webhook.md)",
)
UNRESOLVED = Template(
    en="the host in {setting} has no address: correct it, or check DNS",
    ja="{setting} のホスト名を解決できません。アドレスを修正するか、DNS を確認してください",
)
UNTRUSTED = Template(
    en="no secure connection to the host in {setting}: check the address and the certificate",
    ja="{setting} のホストと安全に接続できません。アドレスと証明書を確認してください",
)
NO_ANSWER = Template(en="no response from the receiver ({kind})", ja="受信側から応答なし ({kind})")
UNUSABLE = Template(
    en="the address in {setting} cannot be called ({kind}): correct it",
    ja="{setting} のアドレスを呼び出せません ({kind})。修正してください",
)
REDIRECTED = Template(
    en="the receiver redirects ({status}), which is not followed: set {setting} to the final address",
    ja="受信側がリダイレクトを返しました ({status})。リダイレクトには従いません。{setting} に最終的なアドレスを設定してください",
)
REFUSED = Template(
    en="the receiver responded {status}: check {setting}, and that the receiver accepts the signature",
    ja="受信側の応答は {status} です。{setting} と、受信側の署名検証を確認してください",
)
ANSWERED = Template(en="the receiver responded {status}: {body}", ja="受信側の応答は {status}: {body}")
NO_BODY = Text(en="no reason given", ja="理由の記載なし")
