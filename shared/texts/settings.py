"""The meanings of settings in Japanese. A setting has the English sentence; the translation is found by its variable."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text

LOCAL_SERVER = "ローカルの {} サーバー (ループバックのみ)。"
CHANNEL_LANGUAGE = "このチャネルのメッセージの言語 (`en` または `ja`)。空の場合は HINOMI_LANGUAGE。"
CHANNEL_TIMEZONE = "このチャネルのメッセージのタイムゾーン (例: `Asia/Tokyo`)。空の場合は HINOMI_TIMEZONE。"
JAPANESE: Mapping[str, str] = {
    "HINOMI_ERROR_DB_URL": "Error DB の SQLAlchemy URL。本番環境では `postgresql+psycopg://…`。",
    "HINOMI_SCHEMA_DB_URL": "Schema DB の SQLAlchemy URL。本番環境では `postgresql+psycopg://…`。",
    "HINOMI_SCOPE": "IAM バインディングの収集対象: `organizations/N`、`folders/N`。空の場合は HINOMI_PROJECTS のプロジェクト。",
    "HINOMI_PLATFORM_FILE": "プラットフォームマップ (YAML) のパス (例: `rules/platform.yaml`)。空の場合はなし。",
    "HINOMI_RULES_DIR": "ルール、メトリクスカタログ、handlers.yaml のフォルダ。",
    "HINOMI_ACTIONS_DIR": "`run_script` が実行できるスクリプトのフォルダ (docs/scripts.md)。空の場合は HINOMI_RULES_DIR と同じ階層の `actions`。",
    "HINOMI_SCRIPT_SECRET_<NAME>": "スクリプトのマニフェストに記載したシークレット `NAME` の値。スクリプトには変数 `NAME` として渡します。",
    "HINOMI_LANGUAGE": "カードとコマンドラインの言語: `en` または `ja`。",
    "HINOMI_TIMEZONE": "カードとコマンドラインで日時を表示する IANA タイムゾーン (例: `Asia/Tokyo`)。",
    "HINOMI_LINK_HOSTS": "Google Cloud コンソール、ダッシュボード、Airflow 接続のほかに、カードのボタンで開けるホスト (カンマ区切り、例: "
    "`wiki.example.com`、`*.example.com`)。それ以外のレポートや手順書へのリンクは省きます。",
    "HINOMI_CARD_WINDOW_SECONDS": "1 つのチャネルに個別のカードを最大 3 枚送る秒数。この間のほかの通知は、最後に 1 枚のカードにまとめます。",
    "HINOMI_DASHBOARD_URL": "カードのボタンに使うダッシュボードのベース URL (例: `https://dashboard.example.com`)。",
    "HINOMI_DASHBOARD_AUDIENCE": "デプロイしたダッシュボードで、Identity-Aware Proxy が利用者を識別するトークンのオーディエンス (例: "
    "`/projects/NUMBER/locations/REGION/services/dashboard`)。deploy.sh が設定します。空の場合、デプロイしたダッシュボードはすべてのアクセスを拒否します。",
    "HINOMI_DASHBOARD_VIEWERS": "ダッシュボードを閲覧できる利用者のメールアドレス、`*@example.com` のようなパターン、または `group:platform@example.com` のようなグループ (カンマ区切り)。"
    "既定値の `*` は、Identity-Aware Proxy を通過したすべての利用者です。",
    "HINOMI_DASHBOARD_OPERATORS": "閲覧に加えて、対応開始、復旧済みへの変更、サイレンス、承認、取り消しができる利用者 (形式は HINOMI_DASHBOARD_VIEWERS と同じ)。",
    "HINOMI_DASHBOARD_ADMINS": "さらにハンドラールールとチャネルを変更できる利用者 (形式は HINOMI_DASHBOARD_VIEWERS と同じ)。",
    "HINOMI_PROJECTS": "負荷チェックと履歴の対象とするプロジェクト ID (カンマ区切り、例: `shop-prod,shop-test`)。",
    "HINOMI_LONG_JOB_MINUTES": "BigQuery ジョブの実行時間がこの分数に達すると、インシデント `bigquery/job_running_long` になります。0 の場合は検知しません "
    "(docs/load.md)。",
    "HINOMI_AIRFLOW_WAITING_MINUTES": "Airflow のタスクがスケジュールまたはキューへの追加からこの分数を過ぎても開始しないと、DAG ごとのインシデント "
    "`airflow/waiting_long` になります。待ち時間の実績がある場合は実績から判断します。0 の場合は検知しません (docs/airflow.ja.md)。",
    "HINOMI_AIRFLOW_RUNNING_HOURS": "Airflow のタスクの実行時間がこの時間数に達すると、DAG ごとのインシデント `airflow/running_long` になります。実行時間の実績がある場合は実績から判断します。"
    "0 の場合は検知しません (docs/airflow.ja.md)。",
    "HINOMI_REASON_LOG_ENTRIES": "ジョブの失敗のログに原因がない場合に、その前後から Cloud Logging で一度だけ読み取るログエントリの最大数 (上限 500)。0 の場合は読み取りません。",
    "HINOMI_DASHBOARD_LOG_LINES": "インシデントの検知元ログの前後から、運用担当者が Cloud Logging から取得してページに表示できる行数 (最大 100)。"
    "取得した行は検知の根拠として記録されます。0 の場合は取得できず、ダッシュボードのアカウントに権限は不要です。",
    "HINOMI_PROJECT_NUMBERS": "サービスエージェントに強いロールが付与されてもインシデントにしないプロジェクトの番号 (カンマ区切り)。HINOMI_SCOPE でスナップショットが確認した"
    "プロジェクトに加えて対象になります。監視対象のプロジェクトの番号は deploy.sh が追加します。番号がまったくない場合は、どのプロジェクトのサービスエージェントでもインシデントになりません "
    "(docs/security.ja.md)。",
    "HINOMI_PROJECTS_MAX": "HINOMI_SCOPE が組織またはフォルダの場合に、負荷チェックと履歴の対象とするプロジェクト数の上限。HINOMI_PROJECTS のものが"
    "優先されます。0 の場合はそれだけを対象とします。各プロジェクトを 5 分ごとに読み取るため費用がかかります (docs/deploying.ja.md)。",
    "HINOMI_PROJECT": "Hinomi 自身が動作するプロジェクト ID (例: `my-monitoring`)。ログとトレースの関連付けと、ほかのプロジェクトの同名の関数との区別に使います。",
    "HINOMI_EVIDENCE_TOPIC": "ログシンクの出力先 `projects/P/topics/T`。`hinomi dlq replay` の送信先でもあり、ほかの種類のメッセージは隣のトピック "
    "(`hinomi-evidence` に対する `hinomi-reports-airflow` など) に送信します。",
    "HINOMI_DEAD_LETTER_SUBSCRIPTION": "`hinomi dlq` が読むデッドレタートピックの `projects/P/subscriptions/S`。空の場合は Error DB のみ。",
    "HINOMI_SERVICE_ACCOUNTS": "Hinomi 自身のアカウントのメールアドレス (カンマ区切り)。アクションを実行する metrics-analysis のアカウントを先頭に指定します。コレクター、検知器、アクションが宣言した呼び出しと、アクションの実行による変更はインシデントになりません。"
    "それ以外の呼び出しは重大度「高」のインシデントになります。",
    "HINOMI_PUSH_ACCOUNTS": "カンマ区切りの `PATH=EMAIL`: metrics-analysis のこのパスの呼び出しに必要なトークンのサービスアカウント (例: "
    "`/reports/airflow=hinomi-push-reports@P.iam.gserviceaccount.com`)。deploy.sh が設定します。空の場合、関数を呼び出せるアカウントは"
    "すべてのパスを呼び出せます。",
    "HINOMI_SHARED_REPORTS_UNTIL": "以前のバージョンですべての送信元が共有していたパス `/reports` が、Google Cloud でレポートを受け付ける最終日 "
    "(UTC、例: `2027-01-31`)。以前のバージョンからのアップグレード時に deploy.sh が 30 日間に設定します。空の場合は受け付けません "
    "(送信元ごとに専用のトピックとパスがあります)。",
    "HINOMI_TRIGGER_ROUTE": "`--trigger-topic` でデプロイした関数が Google Cloud で受け取るメッセージの種類: `/evidence`、`/monitoring`、"
    "`/reports/NAME` (NAME は宣言した送信元)、`/ticks`。この関数のトピックは 1 つのため、種類と送信元ごとにデプロイします。",
    "HINOMI_TRIGGER_TOPIC": "`--trigger-topic` に指定したトピック (`projects/P/topics/T`)。Google Cloud では、ほかのトピックのイベントを拒否します。"
    "空の場合は Eventarc の監査ログイベントだけを受け取ります。",
    "HINOMI_FUNCTION_NAMES": "Hinomi 自身の Cloud Run サービス名 (カンマ区切り)。そのログエントリはインシデントになりません。",
    "HINOMI_REDACT": "値を `<redacted>` に置き換えるフィールドパスのパターン (カンマ区切り)。インシデント、検知の根拠、長時間操作の開始の記録、カードなど、"
    "すべてのテキストに適用されます。相関ルールが数える値はダイジェストだけを保存します。分割された監査エントリの部分は揃うまで "
    "(または HINOMI_LATENESS_SECONDS が過ぎるまで)、解析できないメッセージは HINOMI_RETENTION_DAYS の間、Error DB に元のまま保存します。"
    "履歴に基づく内容には docs/security.ja.md の列名が対応します。履歴自体は値を保持します。",
    "HINOMI_REJECTED_MEGABYTES": "保存する拒否されたメッセージの容量 (メガバイト)。超過分は古いものから削除します。",
    "HINOMI_RETENTION_DAYS": "復旧済みのインシデントとその発生履歴を保存する日数。",
    "HINOMI_HISTORY_FINE_DAYS": "メトリクスのサンプルを保存する日数。PostgreSQL では最大 1 か月長くなります。",
    "HINOMI_HISTORY_HOURLY_DAYS": "1 時間ごとの値を保存する日数。1 日ごとの値は無期限に保存します。",
    "HINOMI_HISTORY_JOBS_DAYS": "ジョブの実行とテーブルサイズを保存する日数。",
    "HINOMI_HISTORY_ACTIONS_DAYS": "ユーザーの操作を保存する日数。PostgreSQL では最大 1 か月長くなります。",
    "HINOMI_HISTORY_BUDGET_SECONDS": "history_analysis がチェックポイントを残して中断するまでの秒数。Cloud Scheduler ジョブの試行期限 "
    "(既定は 180) と関数のタイムアウトより短くします。",
    "HINOMI_BIGQUERY_HISTORY": "大きなテーブルのコピー先とする BigQuery の `project.dataset` (docs/bigquery-target.md)。空の場合はなし。",
    "HINOMI_LATENESS_SECONDS": "分割された監査エントリの不足部分を定期処理が待つ秒数。その後は届いた部分だけを解析します。相関ルールの時間枠は"
    "イベントの日時で数えるため、この上限は不要です。",
    "HINOMI_VERTEX_LOCATIONS": "Vertex AI のジョブを保存するリージョン (カンマ区切り、例: `europe-west1`)。空の場合はなし。",
    "HINOMI_BIGQUERY_LOCATIONS": "ジョブとテーブルを必ず検索する BigQuery のロケーション (カンマ区切り、例: `EU,europe-west1`)。プロジェクトの一覧に"
    "あるジョブとデータセットのロケーションは指定不要です。",
    "HINOMI_HISTORY_FIRST_DAYS": "最初のスナップショットがさかのぼる日数。Google はメトリクスを 42 日間、BigQuery のジョブを 180 日間保存します。",
    "HINOMI_PRICE_PER_TIB": "BigQuery のオンデマンド課金 1 TiB あたりの単価。既定値は US マルチリージョンの定価 (米ドル、"
    "cloud.google.com/bigquery/pricing)。",
    "HINOMI_PRICE_PER_SLOT_HOUR": "予約で実行されたジョブの 1 スロット時間あたりの単価。既定値は US マルチリージョンの Enterprise エディション "
    "(コミットメントなし) の定価 (米ドル。Standard は 0.04、Enterprise Plus は 0.10、cloud.google.com/bigquery/pricing)。",
    "HINOMI_CURRENCY": "これらの単価の通貨 (ISO 4217)。例: `JPY`。",
    "HINOMI_REPORTS": "時刻どおりに送信するレポート (カンマ区切り): `daily` または `weekly`、チャネル、weekly の場合は曜日、現地時刻"
    " (例: `daily teams 07:00, weekly email:data mon 08:00`)。言語とタイムゾーンはチャネルのものです (docs/reports.md)。",
    "HINOMI_MINUTES_PER_REMEDIATION": "自動修復 1 回分の作業を人が行う場合の所要時間 (分)。レポートの削減時間の計算に使います。",
    "HINOMI_MONITORING_ENDPOINT": LOCAL_SERVER.format("Cloud Monitoring"),
    "HINOMI_STORAGE_ENDPOINT": LOCAL_SERVER.format("Cloud Storage"),
    "HINOMI_RESOURCEMANAGER_ENDPOINT": LOCAL_SERVER.format("Resource Manager"),
    "HINOMI_BIGQUERY_ENDPOINT": LOCAL_SERVER.format("BigQuery"),
    "HINOMI_ASSET_ENDPOINT": LOCAL_SERVER.format("Cloud Asset Inventory"),
    "HINOMI_LOGGING_ENDPOINT": LOCAL_SERVER.format("Cloud Logging"),
    "HINOMI_IAM_ENDPOINT": LOCAL_SERVER.format("IAM、Cloud Identity、Policy Analyzer"),
    "HINOMI_AIPLATFORM_ENDPOINT": LOCAL_SERVER.format("Vertex AI"),
    "HINOMI_DATAFLOW_ENDPOINT": LOCAL_SERVER.format("Dataflow"),
    "HINOMI_PUBSUB_ENDPOINT": LOCAL_SERVER.format("Pub/Sub"),
    "HINOMI_COMPUTE_ENDPOINT": LOCAL_SERVER.format("Compute Engine"),
    "HINOMI_RUN_ENDPOINT": LOCAL_SERVER.format("Cloud Run"),
    "HINOMI_SCHEDULER_ENDPOINT": LOCAL_SERVER.format("Cloud Scheduler"),
    "HINOMI_TRANSFER_ENDPOINT": LOCAL_SERVER.format("BigQuery Data Transfer"),
    "HINOMI_WORKFLOWS_ENDPOINT": LOCAL_SERVER.format("Cloud Workflows"),
    "HINOMI_WORKFLOW_<WORKFLOW>": "アクション execute_workflow が実行できるワークフロー: `projects/PROJECT/locations/REGION/workflows/WORKFLOW`。ハンドラールールでは `<workflow>` と呼びます。",
    "HINOMI_POLICY_ENDPOINT": "関数、鍵、リポジトリ、シークレットの IAM ポリシーのローカルサーバー (ループバックのみ)。",
    "HINOMI_SCRIPT_LOCATION": "スクリプトの Cloud Run ジョブがある場所 (`projects/PROJECT/locations/REGION`)。空の場合、スクリプトはこのマシンのプロセスとして実行します。",
    "HINOMI_WORKER_<NAME>_MEMBER": "ワーカー `<name>` の IAM メンバー。設定すると、ワーカーはスクリプトの実行を Pub/Sub サブスクリプションから受け取ります。"
    "deploy.sh がトピックを作成し、このメンバーには依頼の読み取りと結果の送信だけを許可します (docs/scripts.md)。",
    "HINOMI_WORKER_<NAME>_KEY": "ワーカー `<name>` への依頼と結果に署名する鍵。32 文字以上のランダムな文字列で、関数とワーカーに同じ値を設定します "
    "(例: `openssl rand -base64 32` の出力)。",
    "HINOMI_ENDPOINT_<NAME>_URL": "アクション http_call が呼び出せる https URL。ハンドラールールでは `<name>` と呼びます。",
    "HINOMI_ENDPOINT_<NAME>_METHOD": "呼び出しのメソッド: `POST`、`PUT`、`PATCH`、`DELETE`、`GET`。",
    "HINOMI_ENDPOINT_<NAME>_AUTH": "認証方法: `oidc` (ID トークン。Cloud Run、Cloud Run functions)、`google` (アクセストークン。googleapis.com)、"
    "`header` (シークレットのヘッダー)、`none`。",
    "HINOMI_ENDPOINT_<NAME>_AUDIENCE": "ID トークンのオーディエンス。空の場合はパスを除いた URL。",
    "HINOMI_ENDPOINT_<NAME>_HEADER": "シークレットを入れるヘッダーの名前。",
    "HINOMI_ENDPOINT_<NAME>_REPEATABLE": "エンドポイントが `Idempotency-Key` ごとに 1 回だけ処理する場合は `yes`。応答が失われた呼び出しを再送します。"
    "GET、PUT、DELETE は常に再送します。",
    "HINOMI_ENDPOINT_<NAME>_SECRET": "`header` のヘッダーの値 (例: `Bearer …`)。",
    "HINOMI_AIRFLOW_<NAME>_URL": "実行を保存し、アクションでタスクをクリアできる Airflow Web サーバーの URL。ハンドラールールでは `<name>` と呼びます。",
    "HINOMI_AIRFLOW_<NAME>_AUTH": "認証方法: `google` (Composer、Cloud Run 上の Airflow)、`basic` (ユーザー名とパスワード)、`token` "
    "(ユーザー名とパスワードで取得する Airflow 3 のトークン)、`none`。",
    "HINOMI_AIRFLOW_<NAME>_USERNAME": "`basic` と `token` のユーザー名。",
    "HINOMI_AIRFLOW_<NAME>_ENVIRONMENT": "ログに記録される Composer 環境の名前 (`<name>` と異なる場合)。複数のプロジェクトに同名の環境がある場合は `PROJECT/NAME`、複数のロケーションにある場合は `PROJECT/LOCATION/NAME` と指定します (指定がないと、インシデントまたはメトリクスから同名の環境が 2 つあるとわかる場合、および複数のプロジェクトを監視していて履歴に環境のメトリクスがない場合、アクションを拒否します)。別の環境のインシデントに対して、アクションは"
    "何も変更しません。",
    "HINOMI_AIRFLOW_<NAME>_PASSWORD": "上記のユーザーのパスワード。",
    "HINOMI_AIRFLOW_<NAME>_DB_URL": "メタデータデータベースの SQLAlchemy URL (パスワードを含む)。実行を REST API の代わりにここから読み取ります。",
    "HINOMI_KAFKA_CONNECT_<NAME>_URL": "Kafka Connect の REST API の URL。コネクタを監視し、アクション restart_connector でも使います。https、または `_AUTH` が `none` の場合は http。"
    "ハンドラールールでは `<name>` と呼びます。",
    "HINOMI_KAFKA_CONNECT_<NAME>_AUTH": "認証方法: `none`、`basic` (ユーザー名とパスワード)、`bearer` (トークン)。",
    "HINOMI_KAFKA_CONNECT_<NAME>_USERNAME": "`basic` のユーザー名。",
    "HINOMI_KAFKA_CONNECT_<NAME>_CLUSTER": "インシデントのラベル `connect_cluster` または `cluster` に記録される Connect クラスタの名前 (`<name>` と異なる場合)。"
    "複数のプロジェクトに同名のクラスタがある場合は `PROJECT/NAME`、複数のロケーションにある場合は `PROJECT/LOCATION/NAME` と指定します (指定がないと、同名の 2 つのクラスタのインシデントが発生した後はアクションを拒否します)。別のクラスタのインシデントに対して、アクションは何も変更しません。",
    "HINOMI_KAFKA_CONNECT_<NAME>_SECRET": "上記のユーザーのパスワード、またはトークン。",
    "HINOMI_KAFKA_CONNECT_<NAME>_BROKERS": "Kafka ブローカー (`host:port` をカンマ区切りで指定)。`hinomi probe kafka` でコンシューマーグループの遅延も監視します (デプロイされた関数にはパッケージ kafka-python がありません)。",
    "HINOMI_KAFKA_CONNECT_<NAME>_BROKER_SECURITY": "ブローカーのセキュリティプロトコル。",
    "HINOMI_KAFKA_CONNECT_<NAME>_BROKER_MECHANISM": "ブローカーの SASL メカニズム。",
    "HINOMI_KAFKA_CONNECT_<NAME>_BROKER_USER": "SASL のユーザー。",
    "HINOMI_KAFKA_CONNECT_<NAME>_BROKER_PASSWORD": "SASL のパスワード。",
    "HINOMI_KAFKA_CONNECT_<NAME>_LAG_LIMIT": "コンシューマーグループのトピックの未読メッセージがこの件数を超えた状態が 15 分続くと、インシデントになります。",
    "HINOMI_KAFKA_CONNECT_<NAME>_WAL_LIMIT_GIB": "レプリケーションスロットが保持する WAL がこの量 (GiB) を超えると、インシデントになります。",
    "HINOMI_KAFKA_CONNECT_<NAME>_SOURCE_DB_URLS": "Debezium コネクタが読み取る PostgreSQL データベースの SQLAlchemy URL (空白区切り)。"
    "レプリケーションスロットと保持される WAL を監視します。接続できるロールであれば十分です。",
    "HINOMI_KAFKA_CONNECT_<NAME>_CA": "サーバーの証明書に署名した独自の認証局の証明書 (PEM)。",
    "HINOMI_TEAMS_WEBHOOK_URL[_<CHANNEL>]": "チャネルに投稿する Teams ワークフローの Webhook URL (docs/teams.md)。",
    "HINOMI_APPRISE_URLS[_<CHANNEL>]": "チャネルの Apprise URL (例: `ntfys://TOPIC`)。空白区切りで複数指定した場合は、すべてに送信します。",
    "HINOMI_APPRISE_LANGUAGE[_<CHANNEL>]": CHANNEL_LANGUAGE,
    "HINOMI_APPRISE_TIMEZONE[_<CHANNEL>]": CHANNEL_TIMEZONE,
    "HINOMI_EMAIL_SERVER": "メールを送信する SMTP サーバー: `smtps://HOST:PORT` (TLS、ポート 465) または `smtp://HOST:PORT` (STARTTLS、ポート 587)。",
    "HINOMI_EMAIL_FROM": "メールの差出人アドレス。",
    "HINOMI_EMAIL_USER": "SMTP サーバーのユーザー。空の場合は認証しません。",
    "HINOMI_EMAIL_PASSWORD": "HINOMI_EMAIL_USER のパスワード。",
    "HINOMI_EMAIL_TO[_<CHANNEL>]": "チャネルの宛先アドレス (カンマ区切り)。メーリングリストのアドレスを推奨します。",
    "HINOMI_EMAIL_LANGUAGE[_<CHANNEL>]": CHANNEL_LANGUAGE,
    "HINOMI_EMAIL_TIMEZONE[_<CHANNEL>]": CHANNEL_TIMEZONE,
    "HINOMI_DATAFLOW_TEMPLATE_<TEMPLATE>": "アクション relaunch_dataflow_job が起動できる Dataflow テンプレートのパス: `gs://BUCKET/PATH`。ハンドラールールでは `<template>` と呼びます。",
    "HINOMI_PUBLISH_TOPIC_<TOPIC>": "アクション publish_message がメッセージを発行できるトピック: `projects/PROJECT/topics/TOPIC`。ハンドラールールでは `<topic>` と呼びます。",
    "HINOMI_PUBSUB_TOPIC[_<CHANNEL>]": "チャネルのトピック: `projects/PROJECT/topics/TOPIC`。",
    "HINOMI_PUBSUB_LANGUAGE[_<CHANNEL>]": CHANNEL_LANGUAGE,
    "HINOMI_WEBHOOK_URL[_<CHANNEL>]": "チャネルのイベントを受け取る https の URL。",
    "HINOMI_WEBHOOK_KEY[_<CHANNEL>]": "チャネルのイベントに署名する鍵: `whsec_` と 24 ～ 64 バイトの base64 (docs/webhook.md)。",
    "HINOMI_WEBHOOK_LANGUAGE[_<CHANNEL>]": CHANNEL_LANGUAGE,
    "HINOMI_TEAMS_LANGUAGE[_<CHANNEL>]": CHANNEL_LANGUAGE,
    "HINOMI_TEAMS_TIMEZONE[_<CHANNEL>]": CHANNEL_TIMEZONE,
}


def meaning(variable: str, english: str) -> Text:
    """The meaning of a setting; English if there is no translation. `variable` is the documented form."""
    return Text(en=english, ja=JAPANESE.get(variable, english))
