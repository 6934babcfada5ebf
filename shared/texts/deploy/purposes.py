"""What the resources of deploy/plan.yaml are for. The plan has the English sentence, which finds the translation."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import EMPTY, Template, Text

LOGS_IN = Template(en="{function} logs in by IAM", ja="{function} が IAM でログインする")
MOUNTED_AS = Template(en="mounted as {variables}", ja="{variables} としてマウントする")
JOB_PASSWORD = Text(en="the password of the release job", ja="リリースジョブのパスワード")
JOB_LOGS_IN = Text(en="the job logs in", ja="リリースジョブがログインする")

JAPANESE: Mapping[str, str] = {
    "runs metrics_analysis": "metrics_analysis を実行する",
    "runs history_analysis": "history_analysis を実行する",
    "runs the dashboard": "dashboard を実行する",
    "authenticates Pub/Sub and Cloud Scheduler; may only call the functions": "Pub/Sub と Cloud Scheduler の認証に使う (関数の呼び出しのみ可能)",
    "runs the release job, which migrates the tables; may only read its own password": "テーブルを移行するリリースジョブを実行する (自身のパスワードの読み取りのみ可能)",
    "builds the images, so that the default Compute account needs no role": "イメージをビルドする (Compute のデフォルトアカウントにロールは不要)",
    "log entries, notifications, reports and ticks": "ログエントリ、通知、レポート、ティック",
    "messages that were not delivered within all attempts": "すべての試行で配信できなかったメッセージ",
    "Pub/Sub signs its pushes as hinomi-push": "Pub/Sub が hinomi-push として push に署名する",
    "Pub/Sub moves undeliverable messages to it": "Pub/Sub が配信できないメッセージを移す",
    "builds read the source and write the image": "ビルドでソースを読み取り、イメージを書き込む",
    "Pub/Sub acknowledges here the messages that it moves to the dead letter topic": "Pub/Sub がデッドレタートピックへ移したメッセージの確認応答を行う",
    "builds and deploys functions": "関数のビルドとデプロイを行う",
    "Cloud Scheduler signs its calls as hinomi-push": "Cloud Scheduler が hinomi-push として呼び出しに署名する",
    "Cloud Run fetches images and runs them": "Cloud Run がイメージを取得して実行する",
}


def purpose(english: str) -> Text:
    """The sentence of the plan in every language; in English where there is no translation."""
    return Text(en=english, ja=JAPANESE.get(english, english)) if english else EMPTY
