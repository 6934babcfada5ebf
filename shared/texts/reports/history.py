"""Reasons why a figure of a report is unknown."""

from __future__ import annotations

from shared.texts import Text

UNAVAILABLE = Text(
    en="The Schema DB did not answer: run `hinomi report` again, or check it with `hinomi db check`.",
    ja="Schema DB が応答しませんでした。`hinomi report` を再実行するか、`hinomi db check` で確認してください。",
)
TOO_SLOW = Text(
    en="The Schema DB answered too slowly: run `hinomi report` again.",
    ja="Schema DB の応答が遅いため、読み取りを中止しました。`hinomi report` を再実行してください。",
)
