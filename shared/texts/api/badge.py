"""Texts of the status badge."""

from __future__ import annotations

from shared.texts import Plural, Text

PLATFORM = Text(en="data platform", ja="データ基盤")
WELL = Text(en="healthy", ja="正常")
UNKNOWN = Text(en="unknown", ja="不明")
NO_SERVICE = Text(en="no such service", ja="該当サービスなし")
NEED_YOU = Plural(one="{count} needs you", many="{count} need you", ja="{count} 件が対応待ち")
ARE_HANDLED = Plural(one="{count} handled", many="{count} handled", ja="{count} 件を対応中")

OTHER_SCOPES = Text(
    en="A token in a URL ends up in logs and browser histories: it must have the scope badge and no other.",
    ja="アドレス中のトークンはログや履歴に残るため、badge 以外のスコープを持つものは使えません。",
)
NO_SCOPE = Text(en="The token has neither the scope badge nor read.", ja="トークンに badge も read もありません。")
OTHER_SCOPES_ACTION = Text(
    en="Create one with `hinomi tokens add NAME --scope badge`.",
    ja="`hinomi tokens add NAME --scope badge` で作成してください。",
)
