"""Texts of `hinomi doctor`: its checks and the problems."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Plural, Template, Text

AREAS: Mapping[str, Text] = {
    "apis": Text(en="APIs", ja="Google Cloud の API"),
    "base": Text(
        en="service accounts, roles, Pub/Sub topics, log sinks, database instance",
        ja="サービスアカウント、ロール、Pub/Sub トピック、ログシンク、データベースインスタンス",
    ),
    "inside": Text(en="grants, databases and their users", ja="権限付与、データベースとそのユーザー"),
    "image": Text(en="image of the release job", ja="リリースジョブのイメージ"),
    "release": Text(
        en="release job: tables, rights and handler rules", ja="リリースジョブ (テーブル、権限、ハンドラールール)"
    ),
    "scripts": Text(
        en="Cloud Run jobs of scripts: content, accounts, callers",
        ja="スクリプトの Cloud Run ジョブ (内容、アカウント、実行権限)",
    ),
    "code": Text(en="functions", ja="関数"),
    "flow": Text(en="push subscriptions, schedules, alerts", ja="push サブスクリプション、スケジュール、アラート"),
    "last": Text(
        en="grants of the dead letter topic, other publishers", ja="デッドレタートピックの権限付与、ほかの発行元"
    ),
    "leftover": Text(en="resources of earlier deployments", ja="以前のデプロイのリソース"),
}
SECRETS = Text(en="secrets and required settings", ja="シークレットと必須の設定")
AGENTS = Text(en="Google's service agents", ja="Google のサービスエージェント")
NUMBERS_UNKNOWN = Template(
    en="the number of {projects} cannot be read, so service agents of unknown projects may get powerful roles without an incident",
    ja="{projects} のプロジェクト番号を取得できないため、不明なプロジェクトのサービスエージェントに強いロールが付与されてもインシデントになりません",
)
PUBLISHERS = Text(en="publishers besides the planned ones", ja="計画外の発行元")
PERSON_PUBLISHES = Template(
    en="{member} may publish to topic {name} by {role}: only hinomi dlq replay needs this",
    ja="{member} は {role} によりトピック {name} に発行できます (必要なのは hinomi dlq replay のみ)",
)
IMPERSONATES = Template(
    en="{member} may call the functions as {account} through {role}: its messages count as messages of this account",
    ja="{member} は {role} により {account} として関数を呼び出せます (送信したメッセージはこのアカウントのものとして扱われます)",
)
IMPERSONATES_ANY = Template(
    en="{member} may call the functions as any push account by {role} on {place}: its messages count as evidence, reports and ticks",
    ja="{member} は {place} の {role} により、すべてのプッシュ用アカウントとして関数を呼び出せます (送信したメッセージはログ、レポート、ティックとして扱われます)",
)
INHERITED_PUBLISHER = Template(
    en="{member} may publish to every topic of Hinomi by {role} on {resource}: its messages count as evidence, reports and ticks",
    ja="{member} は {resource} の {role} により Hinomi のすべてのトピックに発行できます (発行したメッセージはログ、レポート、ティックとして扱われます)",
)
INHERITED_OWNER = Template(
    en="{member} may publish to every topic of Hinomi by {role} on {resource}: its messages count as evidence, reports and ticks; an owner can also change the topics",
    ja="{member} は {resource} の {role} により Hinomi のすべてのトピックに発行できます (発行したメッセージはログ、レポート、ティックとして扱われます)。オーナーはトピック自体も変更できます",
)
LEVEL_UNREADABLE = Template(
    en="roles on {resource} reach the topics too, and cannot be read: {reason}",
    ja="{resource} のロールもトピックに及びますが、読み取れません: {reason}",
)
PARENT_UNREADABLE = Template(
    en="the parent of {resource} cannot be read: roles on the folders and the organization above it reach the topics too, "
    "and are not examined: {reason}",
    ja="{resource} の親を読み取れないため、それより上位のフォルダと組織のロールを確認できません (これらもトピックに及びます): {reason}",
)
SHARED_TOPIC = Template(
    en="until {until} topic {name} accepts reports in the name of every declared reporter that has not used its own topic "
    "yet: point each reporter to its own topic, then delete this one",
    ja="トピック {name} は {until} まで、専用のトピックをまだ使っていないすべての送信元の名前でレポートを受け付けます。各送信元の送信先を専用のトピックに変更してから削除してください",
)
REPORTERS_WAIT = Template(
    en="reporters that have not published to their own topics yet: {names} (moved: {moved})",
    ja="専用のトピックをまだ使っていない送信元: {names} (移行済み: {moved})",
)
NO_REPORTER = Text(en="none", ja="なし")
UNMANAGED_RESOURCES = Text(en="unmanaged resources with Hinomi's names", ja="Hinomi と同名の管理対象外リソース")
CHANNEL_TOPICS = Text(en="topics of notification channels", ja="チャネルのトピック")
TOPIC_MISSING = Template(
    en="{topic} does not exist: {rules} cannot publish to it. Create it, then deploy again, so that Hinomi gets its role on it",
    ja="{topic} が存在しないため、{rules} が発行できません。作成後に再デプロイすると、Hinomi にロールが付与されます",
)
TOPIC_UNREADABLE = Template(
    en="the grants on {topic} cannot be read, so deploy.sh grants nothing there; {rules} needs the role: {reason}",
    ja="{topic} の権限付与を読み取れないため、deploy.sh は権限を付与しません。{rules} にはこのロールが必要です: {reason}",
)
RECIPIENTS = Text(en="alert recipients", ja="アラートの通知先")
OWN_HEALTH = Text(
    en="notification channels and incidents about Hinomi itself", ja="チャネルと Hinomi 自身のインシデント"
)
OWN_LINES = Text(
    en="notification channels, rejected messages (log of the last hour)",
    ja="チャネルと拒否されたメッセージ (直近 1 時間のログ)",
)
CHANNEL_BROKEN = Template(
    en="{channel} has not accepted notifications since {since}, they wait: {reason}",
    ja="{channel} が {since} から通知を受け付けず、通知は保留中: {reason}",
)
REJECTED = Template(
    en="messages were rejected within the last hour: {reason}",
    ja="直近 1 時間にメッセージを拒否: {reason}",
)
WORKER_SILENT = Template(
    en="worker {worker} has not reported since {since}: its orders wait, and expire after 30 minutes",
    ja="ワーカー {worker} からの連絡が {since} 以降ありません。依頼は待機し、30 分で期限切れになります",
)
WORKER_NEVER_HEARD = Template(
    en="worker {worker} has never reported", ja="ワーカー {worker} からの連絡が一度もありません"
)
LEFT_TO_WORKER = Plural(
    one="{count} run has waited for worker {worker} since {since}: start the worker on its machine",
    many="{count} runs have waited for worker {worker} since {since}: start the worker on its machine",
    ja="ワーカー {worker} を待っている実行が {count} 件あります ({since} から)。ワーカーをそのマシンで起動してください",
)
TOKEN_EXPIRES = Template(
    en="Token {name} is in use and ends on {day}: create another one for its program, then revoke it.",
    ja="使用中のトークン {name} の有効期限は {day} です。新しいトークンに切り替えてから失効させてください",
)
REPORT_NOT_SENT = Template(
    en="report {name} from {day} was not sent: {error}", ja="レポート {name} ({day} から) を送信できません: {error}"
)
COPY = Text(en="BigQuery dataset", ja="BigQuery データセット")

PROBLEM = Template(en="{resource}: {difference}", ja="{resource}: {difference}")
PROBLEM_WITH_PURPOSE = Template(en="{resource}: {difference} ({purpose})", ja="{resource}: {difference} ({purpose})")
UNMANAGED = Template(
    en="{resource}: not marked as managed by Hinomi", ja="{resource}: Hinomi の管理対象を示すラベルがありません"
)
ALERTS_TO_ACCOUNT = Template(
    en="alerts about Hinomi itself go to the service account {address}",
    ja="Hinomi 自身のアラートの通知先がサービスアカウント {address} になっています",
)
NO_RECIPIENT = Text(en="alerts about Hinomi itself have no recipient", ja="Hinomi 自身のアラートに通知先がありません")
SECRET_MISSING = Template(
    en="secret {name} for {variable}: missing", ja="{variable} 用のシークレット {name} がありません"
)
NO_VERSION = Template(
    en="secret {name} for {variable}: no enabled version",
    ja="{variable} 用のシークレット {name} に有効なバージョンがありません",
)
NOT_READ = Template(
    en="no plug-in, connection or script reads {variable}",
    ja="{variable} を読み取るプラグイン、接続、スクリプトのいずれもありません",
)
NOT_SET = Template(
    en="{variable} is not set, needed by {reasons}", ja="{variable} が未設定 (必要とするもの: {reasons})"
)
DATASET_MISSING = Template(en="dataset {name}: missing", ja="データセット {name} がありません")
SCHEDULED_REPORT = Template(en="report {name} (HINOMI_REPORTS)", ja="レポート {name} (HINOMI_REPORTS)")
SCRIPT = Template(en="script {name}", ja="スクリプト {name}")
HANDLER_RULE = Template(en="handler rule {name} ({action})", ja="ハンドラールール {name} ({action})")

MONITORED = Template(
    en="{projects} and the projects found in {scope}, at most {most} (HINOMI_PROJECTS_MAX)",
    ja="{projects} と、{scope} で見つかったプロジェクト (最大 {most} 件、HINOMI_PROJECTS_MAX)",
)
HEAD = Template(
    en="Hinomi in project {project}, region {region}, monitors {scope}",
    ja="Hinomi (プロジェクト {project}、リージョン {region}) の監視対象: {scope}",
)
METRICS_AND_HISTORY = Template(en="Metrics and history: {projects}", ja="メトリクスと履歴の対象: {projects}")
FIX = Template(en="Fix: {command}", ja="対処: {command}")
FOUND = Plural(one="{count} problem found.", many="{count} problems found.", ja="{count} 件の問題が見つかりました。")
WARNED = Plural(
    one="{count} warning: decide whether to act.",
    many="{count} warnings: decide whether to act.",
    ja="{count} 件の警告があります。対応の要否を判断してください。",
)
NONE_FOUND = Text(en="No problems found.", ja="問題は見つかりませんでした。")
NOT_INSTALLED = Template(
    en="Hinomi is not installed in project {project}. Run: {command}",
    ja="Hinomi はプロジェクト {project} にデプロイされていません。実行するコマンド: {command}",
)
