"""Help of `hinomi mcp`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["mcp"],
        details=Text(
            en="An assistant starts this command and communicates with it on standard input and output (docs/mcp.md). The command reads "
            "the configured databases and marks texts from logs as data.",
            ja="アシスタントがこのコマンドを起動し、標準入出力で通信します (docs/mcp.md)。設定されたデータベースを読み取ります。ログ由来のテキストはデータとして明示します。",
        ),
        parameters={
            "allow_changes": Text(
                en="Also offer to acknowledge, resolve and silence. Approvals are never offered.",
                ja="対応開始、復旧済みへの変更、サイレンスも許可します。承認は常に対象外です。",
            )
        },
        examples=(
            Example("hinomi mcp", Text(en="Allow reading only.", ja="読み取り専用で起動します。")),
            Example("hinomi mcp --allow-changes", Text(en="Allow changes too.", ja="変更も許可して起動します。")),
        ),
    )
}
