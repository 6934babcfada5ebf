"""Descriptions of the collectors of history. A collector has the English sentence; its name finds the translation."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text

QUERIES = "quality."  # collectors of the queries that an installation declares
OF_QUERY = "rules/quality.yaml のクエリによるデータ品質チェックの結果。"
JAPANESE: Mapping[str, str] = {
    "audit.actions": "プリンシパル、メソッド、リソースごとの呼び出し回数 (1 時間単位)、ロールの付与と取り消し (秒単位)。",
    "audit.settings": "データアクセスログが有効なサービスとメンバー、およびその期間。",
    "bigquery.jobs": "すべてのジョブ: 実行者、待ち時間と実行時間、費用、読み書きしたテーブル、失敗の理由。",
    "bigquery.performance": "プロジェクトごとのスロット、ジョブ、クエリ時間、課金バイト数、保存バイト数。",
    "bigquery.tables": "各テーブルのサイズの推移、データと列の最終変更日時。",
    "cloud_sql.performance": "各インスタンスの CPU、メモリ、ディスク、接続数、レプリカの遅延。",
    "composer.performance": "各環境の健全性、タスク、キュー、DAG の解析。",
    "composer.schedules": "すべての DAG のスケジュール (cron、間隔、アセット、タイムテーブル): 間隔、次の実行、状態。",
    "composer.runs": "すべての DAG 実行とタスク: 予定、開始、終了の日時、試行回数、結果。",
    "compute.operations": "VM、ディスク、ネットワークのすべての操作: 実行者、所要時間、失敗の理由。",
    "compute.performance": "各 VM の CPU、ネットワークとディスクの通信量、稼働時間。",
    "data_transfer.schedules": "スケジュールされたクエリと転送のすべてのスケジュール: 実行間隔と状態。",
    "dataflow.jobs": "すべてのジョブ: 実行日時と結果。",
    "dataflow.performance": "各ジョブの遅延、バックログ、vCPU 数。",
    "dataplex.quality": "すべてのデータ品質ルールの結果: 合否、合格した行の割合、しきい値。",
    "iam.bindings": "すべてのバインディング: リソース、ロール、メンバー、条件、開始と終了の日時。",
    "iam.groups": "ロールを持つ各グループのメンバー (グループを読み取れる場合)。",
    "iam.roles": "使用中の各ロールが許可していた権限と期間。",
    "iam.service_accounts": "サービスアカウントとキー: 作成からの経過時間と最終使用日時。",
    "kafka.performance": "Kafka の各コネクタの失敗・稼働タスク数と変更された設定の件数、各コンシューマーグループの遅延、各レプリケーションスロットが保持する WAL。",
    "pubsub.performance": "各トピックとサブスクリプションのメッセージ、バックログ、エラー。",
    "reports.runs": "Google Cloud の外部から報告されたすべての実行とチェック結果。",
    "scheduler.runs": "Cloud Scheduler ジョブのすべての実行: 予定時刻、開始、終了、試行回数、最終状態。",
    "scheduler.schedules": "すべての Cloud Scheduler ジョブのスケジュール: 実行間隔と状態。",
    "storage.performance": "各バケットのリクエスト、通信量、ACL の変更。",
    "storage.sizes": "各バケットのバイト数とオブジェクト数の推移。",
    "vertex_ai.jobs": "すべてのカスタムジョブとパイプライン: 所要時間と失敗の理由。",
    "vertex_ai.performance": "各エンドポイントの予測、エラー、レイテンシ、レプリカ数、パイプラインジョブの実行時間。",
}


def doc(name: str, english: str) -> Text:
    """The description of a collector; in English if there is no translation."""
    if name.startswith(QUERIES):
        return Text(en=english, ja=OF_QUERY)
    return Text(en=english, ja=JAPANESE.get(name, english))
