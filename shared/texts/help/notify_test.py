"""Help of `hinomi notify-test`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=Text(
            en="Send a test message and show the response. The exit code is 1 if it was rejected.",
            ja="テストメッセージを送信し、応答を表示します。拒否された場合の終了コードは 1 です。",
        ),
        parameters={
            "notifier": Text(
                en="Notifier, such as teams. [default: the configured one]",
                ja="通知プラグイン (例: teams)。[既定値: 設定済みのもの]",
            ),
            "channel": Text(
                en="Channel, as `params` of a handler rule name it.",
                ja="ハンドラールールの `params` で指定するチャネル名。",
            ),
            "lang": Text(
                en="Language of the message, en or ja, instead of HINOMI_LANGUAGE.",
                ja="HINOMI_LANGUAGE の代わりに使うメッセージの言語 (en または ja)。",
            ),
        },
        examples=(
            Example(
                "hinomi notify-test --channel data --lang ja",
                Text(
                    en="Test the channel `data` in Japanese.",
                    ja="チャネル data に日本語のテストメッセージを送信します。",
                ),
            ),
        ),
    )
}
