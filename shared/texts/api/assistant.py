"""Messages of `hinomi mcp`."""

from __future__ import annotations

from shared.texts import Text

NOT_INSTALLED = Text(
    en="The SDK of the Model Context Protocol is not installed. Run: .venv/bin/pip install mcp",
    ja="Model Context Protocol の SDK がインストールされていません。次を実行してください: .venv/bin/pip install mcp",
)
