"""Help of `hinomi worker`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_ACTIONS = Example(
    "hinomi worker actions --name onprem", Text(en="Run the scripts of onprem.", ja="onprem のスクリプトを実行します。")
)

_ORDERS = Example(
    "hinomi worker actions --name onprem --project my-monitoring",
    Text(en="Take its orders from Pub/Sub.", ja="Pub/Sub から依頼を受け取ります。"),
)

_LIST = Example(
    "hinomi worker list",
    Text(en="See which workers are alive, and on which machines.", ja="稼働中のワーカーとそのマシンを表示します。"),
)

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["worker"], examples=(_ACTIONS, _LIST)),
    "actions": HelpPage(
        summary=Text(
            en="Run the scripts whose manifest has `worker: NAME`.",
            ja="マニフェストで `worker: NAME` を指定したスクリプトを実行します。",
        ),
        details=Text(
            en="The worker takes runs from the Error DB, or with --project from its Pub/Sub subscription, and "
            "then needs no database; nothing connects to it. SIGTERM stops it when the running script has "
            "ended.",
            ja="Error DB から実行を取得します。--project を指定すると Pub/Sub サブスクリプションから取得し、データベースは不要です。"
            "外部からの接続は受け付けません。SIGTERM を受けると、実行中のスクリプトの終了後に停止します。",
        ),
        parameters={
            "name": Text(en="The name of the worker, as in the manifests.", ja="ワーカーの名前 (マニフェストの値)。"),
            "every": Text(en="Seconds between two checks for runs.", ja="実行を確認する間隔 (秒)。"),
            "once": Text(
                en="Process the waiting runs, then exit.", ja="現在待機している実行だけを処理して終了します。"
            ),
            "project": Text(
                en="The project of Hinomi: take orders from the subscription hinomi-orders-NAME there.",
                ja="Hinomi のプロジェクト。そのサブスクリプション hinomi-orders-NAME から依頼を受け取ります。",
            ),
            "state": Text(
                en="Folder in which the worker stores its orders (default .hinomi/worker-NAME); with --project only.",
                ja="受け取った依頼を記録するフォルダ (既定は .hinomi/worker-NAME)。--project を指定した場合にのみ使用します。",
            ),
        },
        examples=(_ACTIONS, _ORDERS),
    ),
    "list": HelpPage(
        summary=Text(
            en="List the workers: which are alive, since when, on which machines, with which scripts.",
            ja="ワーカーの稼働状況、稼働開始時刻、マシン、スクリプトを一覧表示します。",
        ),
        details=Text(
            en="A worker sends a heartbeat every five minutes; a worker without one for twelve minutes is silent. "
            "A machine is forgotten after eight days. Workers that the settings or the scripts name are listed even without a heartbeat.",
            ja="ワーカーは少なくとも 5 分ごとに稼働を通知します。12 分間通知がないと「応答なし」になります。マシンの記録は 8 日後に削除されます。"
            "設定やスクリプトで指定されたワーカーは、一度も応答がなくても表示します。",
        ),
        examples=(_LIST,),
    ),
}
