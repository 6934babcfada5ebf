"""Texts of `hinomi ping`."""

from shared.texts import Plural, Template, Text

NOT_ACCEPTED = Template(
    en="the topic {topic} did not accept the report: {reason}",
    ja="トピック {topic} がレポートを受け付けませんでした: {reason}",
)
KEPT = Template(
    en="{error}. The report is kept in {folder} and sent with the next `hinomi ping`.",
    ja="{error}。レポートは {folder} に保存し、次回の `hinomi ping` で送信します。",
)
NOT_REPORTED = Template(
    en="The command runs, but is not reported: {error}",
    ja="コマンドは実行しますが、レポートは送信しません: {error}",
)
NO_REPORTER = Text(
    en="name the reporter that rules/reporters.yaml declares: --reporter NAME",
    ja="rules/reporters.yaml で宣言した送信元を指定してください: --reporter NAME",
)
SENT = Template(en="Reported that {job} {state}.", ja="{job} の結果 ({state}) を報告しました。")
SENT_WAITING = Plural(
    one="Sent {count} report that was waiting.",
    many="Sent {count} reports that were waiting.",
    ja="未送信だったレポート {count} 件を送信しました。",
)
STATES = {
    "started": Text(en="started", ja="開始"),
    "ok": Text(en="succeeded", ja="成功"),
    "failed": Text(en="failed", ja="失敗"),
}
EXIT = Template(en="exit code {code}", ja="終了コード {code}")
EXIT_WITH = Template(en="exit code {code}: {line}", ja="終了コード {code}: {line}")
NO_PROJECT = Text(
    en="set HINOMI_PROJECT, or use --topic projects/PROJECT/topics/hinomi-reports-NAME",
    ja="HINOMI_PROJECT を設定するか、トピックを指定してください: --topic projects/PROJECT/topics/hinomi-reports-NAME",
)
NO_TOPIC = Template(
    en="{topic} is not the name of a topic: projects/PROJECT/topics/TOPIC",
    ja="{topic} はトピックの名前ではありません: projects/PROJECT/topics/TOPIC",
)
STATE_WITH_COMMAND = Text(
    en="--state is for a ping without a command: the command's exit code says how it ended",
    ja="--state はコマンドなしの場合に使います。コマンドの結果は終了コードで判定します",
)
