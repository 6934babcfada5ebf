"""Next steps for findings that no rule describes."""

from __future__ import annotations

from shared.texts import Template, Text

JOB_PROGRESS = Text(
    en="See the progress of the job, and what it waits for: slots, a large join, another job.",
    ja="ジョブの進み具合と、待ちの原因 (スロット不足、大きな結合、ほかのジョブ) を確認します。",
)
JOB_SLOW_NOW = Text(
    en="Check whether other jobs are slower than usual too: if so, the cause is the platform or its data, not this job.",
    ja="ほかにも通常より遅いジョブがないかを確認します。あれば、このジョブではなく基盤やデータの問題です。",
)
JOB_CANCEL = Text(
    en="If nobody needs the result, cancel the job.", ja="結果を使う人がいなければ、ジョブをキャンセルします。"
)
POLICY_CHART = Text(
    en="Open the incident in Cloud Monitoring: its chart shows which resource is beyond the limit, and since when.",
    ja="Cloud Monitoring のインシデントを開き、どのリソースがいつから上限を超えているかをグラフで確認します。",
)
SAME_SERVICE = Text(
    en="See what else happened to this service in the last day.",
    ja="直近 1 日に、このサービスでほかに起きたことを確認します。",
)
REPORTED_JOB = Text(
    en="Read the output of the job on the system that runs it.",
    ja="ジョブを実行しているシステムで、その出力を確認します。",
)
SAME_REPORTER = Template(
    en="See what else {source} reported in the last week.",
    ja="直近 1 週間に {source} からほかの報告がないかを確認します。",
)
UNUSUAL_NOW = Text(
    en="See how often this metric was unusual in the last 90 days, and on which resources.",
    ja="過去 90 日間に、このメトリクスがどのリソースで何回異常となったかを確認します。",
)
STILL_THERE = Text(
    en="See whether the resource still exists and runs: deleted or stopped ones have no samples.",
    ja="リソースが存在し、稼働しているかを確認します。削除または停止されると値は届きません。",
)
ASK_GRANTER = Text(
    en="Ask the person who granted the access for the reason. See who else has access to the resource.",
    ja="付与した本人に理由を確認し、ほかに誰がこのリソースにアクセスできるかを調べます。",
)
ACCESS_OF_MEMBER = Text(
    en="See what else the member may do, and whether the access was used.",
    ja="このメンバーのほかの権限と、その使用状況を確認します。",
)
MAP_OR_REVOKE = Text(
    en="If the access is intended, add it to the platform map; otherwise revoke the grant.",
    ja="想定内であればプラットフォームマップに追加し、そうでなければ取り消します。",
)
ASK_REVOKER = Text(
    en="Ask the person who revoked the access for the reason, and look for jobs of the member that fail now.",
    ja="取り消した本人に理由を確認し、このメンバーのジョブの失敗がないかを調べます。",
)
GRANT_OR_MAP = Text(
    en="Grant the access again, or remove it from the platform map if nobody needs it.",
    ja="改めて付与します。不要であればプラットフォームマップから削除します。",
)

RULE_RUNS = Text(
    en="See why its last runs failed, and correct the cause.",
    ja="直近の実行が失敗した理由を確認し、原因を取り除きます。",
)
CLOSE_BREAKER = Text(
    en="Then let the rule run again, without waiting for its trial run.",
    ja="その後、試行を待たずにルールを再開します。",
)
CORRECT_CHANNEL = Text(
    en="Fix the setting that the message names: the URL, the password or a permission.",
    ja="メッセージが示す箇所 (URL、パスワード、権限) を修正します。",
)
TEST_CHANNEL = Text(
    en="Send a test message: when the channel accepts it, the waiting notifications are sent at once.",
    ja="テスト通知を送ります。受け付けられると、待機中の通知がすぐに送られます。",
)
SEE_REJECTED = Text(
    en="See the rejected messages and their reasons; replay them after the correction.",
    ja="拒否したメッセージと理由を確認し、修正後に再送します。",
)
CHECK_INSTALLATION = Text(
    en="Check the installation: it names missing permissions, settings and connections.",
    ja="環境を点検し、不足している権限、設定、接続を確認します。",
)
CHECK_RULES = Text(
    en="Check the rules, and try the one that failed on the entry.",
    ja="ルールを点検し、失敗したルールをそのログエントリで試します。",
)
