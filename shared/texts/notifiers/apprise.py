"""Results and errors of the Apprise notifier."""

from __future__ import annotations

from shared.texts import Template, Text

WOULD_SEND = Template(en="would send a message to {channel}", ja="{channel} にメッセージを送信する予定")
SENT = Template(en="message sent to {channel}: {services}", ja="{channel} にメッセージを送信: {services}")
SHORT_SENT = Template(
    en="incident numbers sent to {channel}, because the message was rejected: {reason}",
    ja="メッセージが拒否されたため、{channel} にインシデント番号のみを送信: {reason}",
)
NOT_ALL = Template(en="{sent}; not accepted: {failed}", ja="{sent}。受け付けなかったサービス: {failed}")
NO_SERVICE = Template(
    en="not sent to {channel}: it no longer has this URL",
    ja="{channel} には送信していません。この URL はなくなりました",
)
ACCEPTED = Template(
    en="Accepted by {services} after {seconds} s. Check that it arrived: some services report a failure only later.",
    ja="{services} が {seconds} 秒で受け付けました。届いたことを確認してください。後から失敗を報告するサービスもあります。",
)
FAILED = Template(en="Not accepted: {failed}", ja="受け付けなかったサービス: {failed}")
NOT_ACCEPTED = Template(en="not accepted: {failed}", ja="受け付けられませんでした: {failed}")
STATUS = Template(en="{service} (HTTP {status})", ja="{service} (HTTP {status})")
TIMED_OUT = Template(en="{service} (no response in time)", ja="{service} (時間内に応答なし)")
NO_STATUS = Template(en="{service} (Apprise gives no reason)", ja="{service} (Apprise による理由の報告なし)")

NOT_INSTALLED = Text(
    en="Apprise is not installed: run pip install apprise. The functions get it from deploy.sh when "
    "rules/handlers.yaml has a rule with `action: apprise`",
    ja="Apprise がインストールされていません。pip install apprise を実行してください。関数には、rules/handlers.yaml に "
    "`action: apprise` のルールがあるときに deploy.sh が組み込みます",
)
UNKNOWN_URL = Template(
    en="Apprise does not recognize address {number} in {setting}: see https://appriseit.com/services/",
    ja="{setting} の {number} 番目のアドレスは Apprise の形式ではありません。https://appriseit.com/services/ を参照してください",
)
