"""The faults that the panel offers, with the expected reaction of Hinomi."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from demo.platform.services import SimulatedServices
from demo.scenario import SimulatedPlatform
from demo.situations.storm import DAGS
from demo.world import BUCKET, DAG, MACHINE, SOURCE, TASK
from shared.texts import Text


@dataclass(frozen=True, slots=True)
class OfferedFault:
    """A fault. `begin` breaks the platform; `expected` describes the reaction."""

    name: str
    title: Text
    expected: Text
    begin: Callable[[SimulatedPlatform], None]


def _load_late(simulated: SimulatedPlatform) -> None:
    _forget(simulated.services)
    simulated.builds.run_early()


def _forget(services: SimulatedServices) -> None:
    """Makes the table that a script loaded late again."""
    services.loader.loaded.clear()


def _probe(simulated: SimulatedPlatform) -> None:
    simulated.intruder.made = 0
    simulated.intruder.probe()


FAULTS = (
    OfferedFault(
        "task",
        Text(en=f"The task {DAG}.{TASK} fails", ja=f"タスク {DAG}.{TASK} が失敗する"),
        Text(
            en="Hinomi clears it in Airflow, and its next attempt succeeds.",
            ja="Hinomi が Airflow でクリアし、次の試行で成功します。",
        ),
        lambda simulated: simulated.composer.fail(),
    ),
    OfferedFault(
        "bucket",
        Text(en=f"gs://{BUCKET} becomes public", ja=f"gs://{BUCKET} が公開される"),
        Text(en="Hinomi removes exactly that grant.", ja="Hinomi がその付与だけを取り消します。"),
        lambda simulated: simulated.storage.open_to_all(),
    ),
    OfferedFault(
        "dataset",
        Text(en="A dataset becomes public", ja="データセットが公開される"),
        Text(
            en="Hinomi plans to remove the grant and waits for you: approve or deny it under Handlers.",
            ja="Hinomi は付与の取り消しを計画し、承認を待ちます。「ハンドラー」で承認または却下してください。",
        ),
        lambda simulated: simulated.dataset.publish_again(),
    ),
    OfferedFault(
        "table",
        Text(en=f"The table {SOURCE} is late", ja=f"テーブル {SOURCE} の到着が遅れる"),
        Text(
            en="The job that reads it fails; a script of the installation loads the table.",
            ja="読み込むジョブが失敗し、利用者のスクリプトがテーブルをロードします。",
        ),
        _load_late,
    ),
    OfferedFault(
        "connector",
        Text(en="A task of Debezium stops", ja="Debezium のタスクが停止する"),
        Text(
            en="Hinomi restarts the task through Kafka Connect.", ja="Hinomi が Kafka Connect でタスクを再起動します。"
        ),
        lambda simulated: simulated.connector.fail(),
    ),
    OfferedFault(
        "storm",
        Text(en=f"{DAGS} DAGs fail at once", ja=f"{DAGS} 個の DAG が同時に失敗する"),
        Text(
            en="Three cards and a digest, and everything resolves by itself.",
            ja="カード 3 枚とまとめ 1 枚が届き、すべて自然に復旧します。",
        ),
        lambda simulated: simulated.storm.strike(),
    ),
    OfferedFault(
        "machine",
        Text(en=f"The VM {MACHINE} loses its host", ja=f"VM {MACHINE} のホストが故障する"),
        Text(en="Compute Engine restarts it, and the incident resolves.", ja="Compute Engine が再起動し、復旧します。"),
        lambda simulated: simulated.machines.lose_host(),
    ),
    OfferedFault(
        "intruder",
        Text(en="Somebody probes services", ja="何者かがサービスを探る"),
        Text(
            en="Hinomi finds a denied sensitive call and a burst of denied calls, each as one incident.",
            ja="拒否された重要な呼び出しと、短時間に集中した拒否が、それぞれ 1 件のインシデントになります。",
        ),
        _probe,
    ),
)
