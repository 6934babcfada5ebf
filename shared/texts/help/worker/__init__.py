"""Help of `hinomi worker`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_ACTIONS = Example(
    "hinomi worker actions --name onprem", Text(en="Run the scripts of onprem.", ja="onprem のスクリプトを実行します。")
)

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["worker"], examples=(_ACTIONS,)),
    "actions": HelpPage(
        summary=Text(
            en="Run the scripts whose manifest has `worker: NAME`.",
            ja="マニフェストで `worker: NAME` を指定したスクリプトを実行します。",
        ),
        details=Text(
            en="The worker connects to the Error DB and takes runs from there; nothing connects to it. "
            "SIGTERM ends it after the script that runs.",
            ja="Error DB に接続して実行を取得します。外部からの接続は受け付けません。SIGTERM を受けると、実行中のスクリプトの終了後に停止します。",
        ),
        parameters={
            "name": Text(en="The name of the worker, as in the manifests.", ja="ワーカーの名前 (マニフェストの値)。"),
            "every": Text(en="Seconds between two looks for runs.", ja="実行を確認する間隔 (秒)。"),
            "once": Text(
                en="Take the runs that wait now, and end.", ja="現在待機している実行だけを処理して終了します。"
            ),
        },
        examples=(_ACTIONS,),
    ),
}
