"""Changes that came before an incident, and the evidence for and against each."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

LINE = Template(en="{change} ({evidence})", ja="{change} ({evidence})")
CHANGE = Template(en="{kind}: {what}", ja="{kind}: {what}")
CHANGE_BY = Template(en="{kind}: {what} by {who}", ja="{kind}: {what}、実行者 {who}")
AND = Text(en="; ", ja="、")
NONE_FOUND = Text(en="No likely cause found.", ja="有力な原因は見つかりませんでした。")

DEPLOYMENT = Text(en="deployment", ja="デプロイ・設定変更")
GRANT = Text(en="grant", ja="権限付与")
REVOKED_GRANT = Text(en="revoked grant", ja="権限の取り消し")
SCHEMA = Text(en="schema", ja="スキーマ変更")
QUOTA = Text(en="quota", ja="割り当ての変更")
FAILED_JOB = Text(en="upstream failure", ja="上流ジョブの失敗")
LATE_JOB = Text(en="upstream late", ja="上流ジョブの未完了")
SLOW_JOB = Text(en="upstream slow", ja="上流ジョブの長時間化")
VOLUME = Text(en="data volume", ja="データ量の変化")
LOAD = Text(en="load", ja="負荷")
PLATFORM = Text(en="platform event", ja="基盤側のイベント")

GRANTED = Template(en="{role} granted to {member} on {resource}", ja="{resource} で {member} に {role} を付与")
HELD = Template(
    en="{member} has had {role} on {resource} since {day}", ja="{resource} で {member} は {day} から {role} を保有"
)
REVOKED = Template(en="{role} revoked from {member} on {resource}", ja="{resource} で {member} の {role} を取り消し")
LEFT_GROUP = Template(en="{member} left the group {resource}", ja="{member} がグループ {resource} から除外")
CHANGED = Template(en="{resource} was {method}", ja="{resource} を{method}")
BY_GOOGLE = Template(en="{resource} was {method} by Google Cloud", ja="基盤側が {resource} を{method}")
HAPPENED = Template(en="{resource} was {method}", ja="{resource} が{method}")
# What a call did, by the verb of its method; what happened to a machine, by the whole name of the operation.
DONE = {
    "create": Text(en="created", ja="作成"),
    "insert": Text(en="created", ja="作成"),
    "deploy": Text(en="deployed", ja="デプロイ"),
    "update": Text(en="updated", ja="更新"),
    "patch": Text(en="updated", ja="更新"),
    "replace": Text(en="replaced", ja="置き換え"),
    "delete": Text(en="deleted", ja="削除"),
    "drop": Text(en="dropped", ja="削除"),
    "destroy": Text(en="destroyed", ja="破棄"),
    "internaltableexpired": Text(en="removed at its expiration time", ja="有効期限により削除"),
    "undelete": Text(en="restored", ja="復元"),
    "import": Text(en="imported", ja="インポート"),
    "upload": Text(en="uploaded", ja="アップロード"),
    "enable": Text(en="enabled", ja="有効化"),
    "disable": Text(en="disabled", ja="無効化"),
    "resize": Text(en="resized", ja="サイズ変更"),
    "restart": Text(en="restarted", ja="再起動"),
    "reset": Text(en="reset", ja="リセット"),
    "stop": Text(en="stopped", ja="停止"),
    "pause": Text(en="paused", ja="一時停止"),
    "resume": Text(en="resumed", ja="再開"),
    "move": Text(en="moved", ja="移動"),
    "modify": Text(en="updated", ja="更新"),
    "executeairflowcommand": Text(en="changed by an Airflow command", ja="Airflow コマンドで変更"),
    "failover": Text(en="failed over", ja="フェイルオーバー"),
    "rotate": Text(en="rotated", ja="ローテーション"),
    "repair": Text(en="repaired", ja="修復"),
    "hosterror": Text(en="stopped by a host error", ja="ホストエラーで停止"),
    "preempted": Text(en="preempted", ja="プリエンプション"),
    "migrateonhostmaintenance": Text(en="moved to another host", ja="別のホストへ移動"),
    "terminateonhostmaintenance": Text(en="stopped for maintenance of its host", ja="ホストのメンテナンスで停止"),
    "automaticrestart": Text(en="restarted automatically", ja="自動で再起動"),
    "guestterminate": Text(en="shut down from inside", ja="内部からの操作で停止"),
}
DONE_OTHERWISE = Template(en="changed ({method})", ja="変更 ({method})")
COLUMNS_CHANGED = Template(en="columns of {resource} changed", ja="{resource} の列構成を変更")
GREW = Template(en="{resource} grew from {before} to {after} rows", ja="{resource} が {before} 行から {after} 行に増加")
SHRANK = Template(
    en="{resource} shrank from {before} to {after} rows", ja="{resource} が {before} 行から {after} 行に減少"
)
FAILED = Template(en="{job_name} failed: {error}", ja="{job_name} が失敗: {error}")
FAILED_ONLY = Template(en="{job_name} failed", ja="{job_name} が失敗")
NOT_RUN = Template(
    en="{job_name} has not succeeded for {hours} h (usually every {usual} h)",
    ja="{job_name} が {hours} 時間成功していません (通常は {usual} 時間ごと)",
)
JOB_SLOW = Template(
    en="{job_name} took {seconds} s instead of {past} s", ja="{job_name} の所要時間が {seconds} 秒 (通常は {past} 秒)"
)
USED_SLOTS = Template(
    en="{job_name} used {share} % of the slot time", ja="{job_name} がスロット時間の {share} % を使用"
)
LOADED = Template(
    en="{metric} of {resource} at {value}, usually at most {past}",
    ja="{resource} の {metric} が {value} (通常は最大 {past})",
)

MINUTES_BEFORE = Template(en="{count} min before", ja="{count} 分前")
HOURS_BEFORE = Template(en="{count} h before", ja="{count} 時間前")
MINUTES_AFTER = Template(en="{count} min after the first failure", ja="最初の失敗の {count} 分後")
SAME_RESOURCE = Text(en="same resource", ja="同じリソース")
SAME_NAME = Template(en="same name: {resource}", ja="名前が一致: {resource}")
SAME_ACCOUNT = Template(en="account of the job: {member}", ja="ジョブのアカウント: {member}")
SAME_QUOTA = Template(en="quota of {service}", ja="{service} の割り当て")
SAME_SLOTS = Template(en="same slots: {resource}", ja="同じスロット: {resource}")
SAME_DAG_RUN = Template(en="same run of {job_name}", ja="{job_name} の同じ実行")
READS = Template(en="the job reads {resource}", ja="ジョブが {resource} を参照")
WRITES = Template(en="the job writes {resource}", ja="ジョブが {resource} に書き込み")
IN_DATASET = Template(en="dataset of its tables: {resource}", ja="テーブルのデータセット: {resource}")
NAMED = Template(en="the error names {resource}", ja="エラーに {resource} の記載あり")
INSIDE = Template(en="it runs in {resource}", ja="{resource} の中で実行")
PROVIDES = Template(en="writes {resource}, which the job reads", ja="ジョブが参照する {resource} の書き込み元")
PROVIDES_INDIRECTLY = Template(
    en="writes {resource}, a source of the job's input",
    ja="ジョブの入力のもとになる {resource} の書き込み元",
)
CONCERNS = Template(en="concerns {member}", ja="{member} に関する変更")
AUDIT_LOG = Text(en="audit log", ja="監査ログで確認")
FIRST_SEEN = Text(en="first seen by a snapshot", ja="スナップショットで初めて確認")
NO_LONGER_SEEN = Text(en="no longer seen by a snapshot", ja="スナップショットで消失を確認")
CALLS = Plural(one="{count} call", many="{count} calls", ja="呼び出し {count} 回")
CONNECTOR_CHANGED = Template(
    en="the configuration of connector {resource} was changed", ja="コネクタ {resource} の設定を変更"
)
CHANGED_KEYS = Plural(one="{count} setting", many="{count} settings", ja="変更された設定 {count} 件")
BETWEEN_READINGS = Text(
    en="seen between two readings of Kafka Connect, dated at the earlier one",
    ja="コネクタの設定の 2 回の読み取りの間に変更を確認 (日時は先の読み取り)",
)
BETWEEN_DAYS = Template(en="between the snapshots of {before} and {day}", ja="{before} と {day} のスナップショットの間")
USUAL_SLOTS = Template(en="{factor} times the usual amount", ja="通常の {factor} 倍")

CAME_AFTER = Template(en="happened {count} min after the first failure", ja="最初の失敗の {count} 分後に発生")
SUCCEEDED_AFTER = Template(
    en="the job succeeded {count} min after this change, before it failed",
    ja="その {count} 分後、失敗の前にジョブが成功",
)
SUCCEEDED_AFTER_DAY = Template(
    en="the job succeeded after the snapshot of {day}, before it failed",
    ja="{day} のスナップショットより後、失敗の前にジョブが成功",
)
OTHERS_SUCCEED = Plural(
    one="{job_name}, which depends on it too, has succeeded since",
    many="{count} other jobs that depend on it have succeeded since, such as {job_name}",
    ja="同じく依存する {job_name} など {count} 件のジョブがその後に成功",
)
GIVEN_BACK = Text(en="the role was granted again before the failure", ja="失敗の前に同じロールを再付与")
STILL_HELD = Text(en="the member still had the role on the project", ja="プロジェクトで同じロールを引き続き保有")
RECOVERED = Template(en="{job_name} succeeded again before the failure", ja="失敗の前に {job_name} が再び成功")
NO_EXPLANATION = Template(
    en='does not explain an error of the kind "{error}"', ja="「{error}」という種類のエラーの説明になりません"
)
NO_EXPLANATION_OF = {
    "late": Text(en="does not explain a late job", ja="ジョブの遅延の説明になりません"),
    "load": Text(en="does not explain load", ja="負荷の説明になりません"),
    "access": Text(en="does not explain the access", ja="アクセスの説明になりません"),
}
TOO_LITTLE = Text(en="too little in common with the incident", ja="インシデントとの共通点が少ないため、除外しました")
TOO_UNLIKELY = Text(en="too unlikely", ja="可能性が低いため、除外しました")
