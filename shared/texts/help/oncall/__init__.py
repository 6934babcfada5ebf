"""Help of `hinomi oncall`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["oncall"],
        details=Text(
            en="The rotations are those of handlers.yaml, as they were last applied.",
            ja="当番表は handlers.yaml のもので、最後に適用された内容です。",
        ),
        parameters={
            "at": Text(
                en="Time, or a duration from now such as 2d; a time without a zone is in UTC.",
                ja="日時、または現在からの期間 (2d など)。タイムゾーンのない日時は UTC とみなします。",
            ),
            "handovers": Text(en="Number of handovers to show.", ja="表示する交代の数。"),
        },
        examples=(
            Example("hinomi oncall", Text(en="Who is on call now.", ja="現在の当番を表示します。")),
            Example(
                "hinomi oncall --at 2026-12-25T03:00:00+09:00",
                Text(en="Who is on call at that time.", ja="その日時の当番を表示します。"),
            ),
        ),
    )
}
