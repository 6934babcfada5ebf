"""Help of `hinomi settings`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=Text(
            en="List every setting with its value; secrets are hidden.",
            ja="すべての設定を現在の値とともに一覧表示します。シークレットの値は表示しません。",
        ),
        parameters={
            "as_markdown": Text(
                en="Print docs/settings.md instead.", ja="代わりに docs/settings.md の内容を出力します。"
            )
        },
        examples=(Example("hinomi settings", Text(en="List the settings.", ja="設定を一覧表示します。")),),
    )
}
