"""Advice for a person after a remediation that did not fix the fault."""

from __future__ import annotations

from shared.texts import Template, Text

FAILED = Template(
    en="The remediation {rule} failed, and no other remediation will run. Fix the cause named in its error and run it again, or fix the problem by hand.",
    ja="自動修復 {rule} が失敗しました。ほかに予定された自動対応はありません。エラーの原因を取り除いて再実行するか、手動で復旧してください。",
)
DID_NOT_HELP = Template(
    en="The remediation {rule} ran, but the problem remains, and no other remediation will run. Look for another cause, and fix the problem by hand.",
    ja="自動修復 {rule} を実行しましたが、問題は解消していません。ほかに予定された自動対応はありません。別の原因を調べ、手動で復旧してください。",
)
UNVERIFIED = Template(
    en="The remediation {rule} ran, but whether it helped could not be verified. Check the problem by hand.",
    ja="自動修復 {rule} を実行しましたが、効果を確認できませんでした。問題が解消したか、手動で確認してください。",
)
NOT_APPROVED = Template(
    en="Nobody approved the remediation {rule} in time, so it did not run. Run it now, or fix the problem by hand.",
    ja="自動修復 {rule} は期限までに承認されず、実行されていません。今すぐ実行するか、手動で復旧してください。",
)
UNDO = Template(
    en="If the change by {rule} causes problems, undo the change.",
    ja="{rule} による変更が支障となる場合は、取り消してください。",
)
NEEDS_A_PERSON = Text(
    en="No automatic action is left, so this incident needs a person. Acknowledge it while you work on it; it resolves when the problem is fixed.",
    ja="自動対応では解消しなかったため、人による対応が必要です。対応を始める場合は「対応を開始」を押してください。問題が解消すると自動的に復旧します。",
)
