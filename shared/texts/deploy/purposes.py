"""The purposes of the resources in deploy/plan.yaml.

The plan contains the English sentence, by which the translation is found.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import EMPTY, Template, Text

LOGS_IN = Template(en="{function} logs in by IAM", ja="{function} が IAM でログインします")
MOUNTED_AS = Template(en="mounted as {variables}", ja="{variables} としてマウントします")
JOB_PASSWORD = Text(en="the password of the release job", ja="リリースジョブのパスワード")
REPORTS_OF = Template(en="publishes the reports of {name}", ja="{name} のレポートを送信します")
READS_QUALITY = Template(en="quality queries read {tables}", ja="品質クエリが {tables} を読み取ります")
REPORTS = Template(
    en="reports of {name}, from its declared publishers only", ja="{name} のレポート、宣言した送信元のみ"
)
SHARED_REPORTS = Template(
    en="reports of all declared reporters, as in earlier versions, until {until}",
    ja="宣言したすべての送信元のレポート (以前のバージョンの方式、{until} まで)",
)
ORDERS = Template(
    en="orders for worker {name}, from metrics-analysis only", ja="ワーカー {name} への依頼、metrics-analysis のみ"
)
RESULTS = Template(en="results of worker {name} only", ja="ワーカー {name} の結果のみ")
ORDERS_RUNS = Template(en="orders worker {name} to run scripts", ja="ワーカー {name} にスクリプトの実行を依頼します")
TAKES_ORDERS = Template(en="worker {name} takes its orders", ja="ワーカー {name} が依頼を受け取ります")
PUBLISHES_RESULTS = Template(en="publishes the results of worker {name}", ja="ワーカー {name} の結果を送信します")
PUBLISHES = Template(en="{rules} publishes to it", ja="{rules} がこのトピックに発行します")
NOTIFICATIONS = Text(
    en="alert policies that use it open incidents", ja="使用するアラートポリシーがインシデントを作成します"
)
RUNS_SCRIPT = Template(
    en="runs the script {name}; may do what its manifest declares",
    ja="スクリプト {name} を実行します (マニフェストで宣言した操作のみ可能)",
)
STARTS_SCRIPT = Template(
    en="{function} starts the script and reads its state", ja="{function} がスクリプトを起動し、状態を読み取ります"
)
PROXY_CALLS = Text(
    en="Identity-Aware Proxy calls the dashboard", ja="Identity-Aware Proxy がダッシュボードを呼び出します"
)
OPENS_DASHBOARD = Text(en="may open the dashboard", ja="ダッシュボードを開けます")
JOB_LOGS_IN = Text(en="the job logs in", ja="リリースジョブがログインします")

JAPANESE: Mapping[str, str] = {
    "pushes results of workers on-premises to metrics-analysis; may do nothing else": "オンプレミスのワーカーの結果を metrics-analysis へ push します (ほかの権限なし)",
    "runs metrics_analysis": "metrics_analysis を実行します",
    "runs history_analysis": "history_analysis を実行します",
    "runs the dashboard": "dashboard を実行します",
    "calls history-analysis for Cloud Scheduler; may do nothing else": "Cloud Scheduler から history-analysis を呼び出します (ほかの権限なし)",
    "pushes log entries to metrics-analysis; may do nothing else": "ログエントリを metrics-analysis へ push します (ほかの権限なし)",
    "pushes notifications of Cloud Monitoring to metrics-analysis; may do nothing else": "Cloud Monitoring の通知を metrics-analysis へ push します (ほかの権限なし)",
    "pushes reports of every reporter to metrics-analysis; may do nothing else": "すべての送信元のレポートを metrics-analysis へ push します (ほかの権限なし)",
    "pushes ticks to metrics-analysis; may do nothing else": "ティックを metrics-analysis へ push します (ほかの権限なし)",
    "runs the release job, which migrates the tables; may only read its own password": "テーブルを移行するリリースジョブを実行します (自身のパスワードの読み取りのみ可能)",
    "builds the images, so that the default Compute account needs no role": "イメージをビルドします (Compute のデフォルトアカウントにロールは不要)",
    "log entries, from the log sinks only": "ログエントリ、ログシンクのみ",
    "notifications, from Cloud Monitoring only": "通知、Cloud Monitoring のみ",
    "ticks, from Cloud Scheduler only": "ティック、Cloud Scheduler のみ",
    "messages that were not delivered within all attempts": "すべての試行で配信できなかったメッセージ",
    "Pub/Sub signs its pushes as this account": "Pub/Sub がこのアカウントとして push に署名します",
    "Cloud Monitoring publishes its notifications": "Cloud Monitoring が通知を送信します",
    "Cloud Scheduler publishes ticks": "Cloud Scheduler がティックを送信します",
    "Pub/Sub moves undeliverable messages to it": "Pub/Sub が配信できないメッセージを移します",
    "builds read the source and write the image": "ビルドでソースを読み取り、イメージを書き込みます",
    "Pub/Sub acknowledges here the messages that it moves to the dead letter topic": "Pub/Sub がデッドレタートピックへ移したメッセージの確認応答を行います",
    "builds and deploys functions": "関数のビルドとデプロイを行います",
    "Cloud Scheduler signs its calls as hinomi-push": "Cloud Scheduler が hinomi-push として呼び出しに署名します",
    "Cloud Run fetches images and runs them": "Cloud Run がイメージを取得して実行します",
}


def purpose(english: str) -> Text:
    """The sentence of the plan in every language; in English if there is no translation."""
    return Text(en=english, ja=JAPANESE.get(english, english)) if english else EMPTY
