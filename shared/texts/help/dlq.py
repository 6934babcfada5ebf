"""Help of `hinomi dlq`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_ORIGIN = Text(
    en="Only from the dead-letter subscription or only from the Error DB; the other is not opened.",
    ja="デッドレターのサブスクリプション、または Error DB のどちらか一方だけを対象にします。",
)
_SINCE = Text(
    en="Arrived after this time, or within this duration: 2026-11-23T10:00, 30m, 7d.",
    ja="この日時以降、またはこの期間内に届いたもの (例: 2026-11-23T10:00、30m、7d)。",
)
_TEXT = Text(en="Only with this text in the reason.", ja="理由にこの文字列を含むもののみ。")
_LIMIT = Text(en="At most this many from each source.", ja="取得元ごとの最大件数。")

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["dlq"]),
    "list": HelpPage(
        summary=Text(
            en="List rejected and undelivered messages: how many, since when, and why.",
            ja="拒否されたメッセージと配信できなかったメッセージの件数、時期、理由を一覧表示します。",
        ),
        details=Text(en="Listing removes no message.", ja="一覧表示ではメッセージは削除されません。"),
        parameters={
            "origin": _ORIGIN,
            "since": _SINCE,
            "text": _TEXT,
            "with_replayed": Text(
                en="Include rejected messages that were replayed.",
                ja="拒否されたメッセージのうち、再送済みのものも表示します。",
            ),
            "limit": _LIMIT,
        },
        examples=(
            Example(
                "hinomi dlq list --since 24h",
                Text(en="Messages of the last 24 hours.", ja="過去 24 時間のメッセージを表示します。"),
            ),
        ),
    ),
    "show": HelpPage(
        summary=Text(en="Show one message, decoded.", ja="1 件のメッセージをデコードして表示します。"),
        parameters={
            "message_id": Text(en="Message id, as `list` shows it.", ja="`list` に表示されるメッセージの ID。"),
            "limit": _LIMIT,
        },
        examples=(Example("hinomi dlq show r1", Text(en="Show message r1.", ja="メッセージ r1 を表示します。")),),
    ),
    "replay": HelpPage(
        summary=Text(
            en="Replay messages after the cause is fixed.",
            ja="原因を取り除いた後に、メッセージを再送します。",
        ),
        details=Text(
            en="Events that are already recorded are not recorded twice.",
            ja="記録済みのイベントが二重に記録されることはありません。",
        ),
        parameters={
            "ids": Text(en="Message ids, as `list` shows them.", ja="`list` に表示されるメッセージの ID。"),
            "everything": Text(en="All messages that match the filters.", ja="条件に一致するすべてのメッセージ。"),
            "origin": _ORIGIN,
            "since": _SINCE,
            "text": _TEXT,
            "local": Text(
                en="Process them here, in this process, instead of publishing them.",
                ja="発行せずに、このプロセス内で処理します。",
            ),
            "again": Text(
                en="Include rejected messages that were replayed before.",
                ja="拒否されたメッセージのうち、再送済みのものも対象にします。",
            ),
            "limit": _LIMIT,
        },
        examples=(
            Example(
                "hinomi dlq replay --all --text 'no such table'",
                Text(
                    en="Replay every message that failed for this reason.",
                    ja="この理由で失敗したメッセージをすべて再送します。",
                ),
            ),
        ),
    ),
}
