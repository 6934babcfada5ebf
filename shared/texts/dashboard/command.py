"""Messages of `hinomi dashboard`."""

from __future__ import annotations

from shared.texts import Template

SERVING = Template(en="Dashboard: {url} (stop with Ctrl-C)", ja="ダッシュボード: {url} (Ctrl-C で終了します)")
PORT_IN_USE = Template(
    en="Port {port} is in use. Choose another one with --port, or 0 for any free port.",
    ja="ポート {port} は使用中です。--port で別の番号を指定してください (0: 空いているポート)。",
)
