"""Help of `hinomi tokens`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_NAMES = Text(en="Names of tokens.", ja="トークンの名前。")

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["tokens"],
        details=Text(
            en="A token lets a program call the JSON API of the dashboard (docs/api.md). The Error DB stores only its digest.",
            ja="プログラムからダッシュボードの JSON API を呼び出すためのトークンです (docs/api.md)。Error DB にはダイジェストのみ保存します。",
        ),
    ),
    "add": HelpPage(
        summary=Text(en="Create a token and print it, once.", ja="トークンを作成し、一度だけ表示します。"),
        details=Text(
            en="Changes that a program makes with the token are recorded as `token:NAME`.",
            ja="トークンを使った変更は `token:NAME` として記録されます。",
        ),
        parameters={
            "name": Text(en="Name of the program that uses it.", ja="使用するプログラムの名前。"),
            "scope": Text(
                en="What it allows; may be repeated: read, write (acknowledge, resolve, silence), approve (approve, deny), or "
                "badge (the state on a badge, nothing else).",
                ja="許可する操作 (複数指定可)。read: 読み取り、write: 対応開始・復旧済み・サイレンス、approve: 承認・却下、badge: バッジの状態のみ。",
            ),
            "expires": Text(en="How long it is valid, at most 366d.", ja="有効期間 (最長 366d)。"),
        },
        examples=(
            Example(
                "hinomi tokens add nightly-report --scope read",
                Text(en="A token that only reads, for 90 days.", ja="読み取り専用のトークン (90 日間)。"),
            ),
            Example(
                "hinomi tokens add chat-bot --scope read --scope write --expires 30d",
                Text(en="A token that may also acknowledge.", ja="対応開始などの変更もできるトークン。"),
            ),
        ),
    ),
    "list": HelpPage(
        summary=Text(
            en="List the tokens with their scopes and latest use.",
            ja="トークンをスコープと最終使用とともに一覧表示します。",
        ),
        examples=(Example("hinomi tokens list", Text(en="List the tokens.", ja="トークンを一覧表示します。")),),
    ),
    "revoke": HelpPage(
        summary=Text(en="Revoke tokens.", ja="トークンを失効させます。"),
        parameters={"names": _NAMES},
        examples=(
            Example(
                "hinomi tokens revoke nightly-report",
                Text(en="Reject the token from now on.", ja="以後そのトークンを拒否します。"),
            ),
        ),
    ),
}
