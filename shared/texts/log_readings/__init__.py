"""Texts about readings of the log around failures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.log_readings import ReadingOutcome
from shared.texts.text import Plural, Template, Text

TITLE = Text(en="log around it", ja="前後のログ")
PARTS: Mapping[str, Text] = {
    "text": Text(en="line with the reason", ja="原因を示す行"),
    "query": Text(en="filter of the reading", ja="読み取りのフィルタ"),
}
READ = Plural(
    one="{result} {count} entry of project {project} from {since} to {until} was read at {at} by {by}.",
    many="{result} {count} entries of project {project} from {since} to {until} were read at {at} by {by}.",
    ja="{result}{at} に {by} がプロジェクト {project} の {since} から {until} までのログエントリ {count} 件を読み取りました。",
)
NOT_READ = Template(
    en="{result} Project {project}, {since} to {until}, tried at {at} by {by}.",
    ja="{result}{at} に {by} がプロジェクト {project} の {since} から {until} までのログの読み取りを試みました。",
)
ANSWERED = Template(en="{result} Cloud Logging: {error}", ja="{result}Cloud Logging の応答: {error}")
OUTCOMES: Mapping[ReadingOutcome, Text] = {
    ReadingOutcome.FOUND: Text(en="Found the line with the reason.", ja="原因を示す行が見つかりました。"),
    ReadingOutcome.NOTHING: Text(en="No line contains the reason.", ja="原因を示す行はありません。"),
    ReadingOutcome.DENIED: Text(
        en="Not read: the account lacks logging.logEntries.list. Run deploy.sh, or grant it.",
        ja="権限 logging.logEntries.list がないため、読み取れませんでした。deploy.sh を実行するか、権限を付与してください。",
    ),
    ReadingOutcome.QUOTA: Text(
        en="Not read: the read quota of Cloud Logging is exhausted.",
        ja="Cloud Logging の読み取りの割り当てを使い切ったため、読み取れませんでした。",
    ),
    ReadingOutcome.TIMEOUT: Text(
        en="Not read: Cloud Logging did not answer in time.",
        ja="Cloud Logging が時間内に応答しなかったため、読み取れませんでした。",
    ),
    ReadingOutcome.UNAVAILABLE: Text(
        en="Not read: Cloud Logging was unavailable.", ja="Cloud Logging を利用できず、読み取れませんでした。"
    ),
    ReadingOutcome.FAILED: Text(en="Not read: the call failed.", ja="呼び出しに失敗したため、読み取れませんでした。"),
    ReadingOutcome.SKIPPED: Text(
        en="Not read: too many jobs failed at the same time.",
        ja="同時に多数のジョブが失敗したため、読み取りを省略しました。",
    ),
}
OUTCOMES_WITH_REASON: Mapping[ReadingOutcome, Text] = {
    **OUTCOMES,
    ReadingOutcome.NOTHING: Text(
        en="The reason comes from another entry; none of these lines contains it.",
        ja="原因は別のエントリから判明しています (この範囲には原因を示す行がありません)。",
    ),
}


def sentence(record: Mapping[str, Any], *, is_reason_known: bool = False) -> Text:
    """The record of a reading on the evidence of an occurrence: the outcome, what was read, by whom and when.

    `is_reason_known`: another entry says why, so that a reading without a line does not mean that nothing is known.
    """
    outcome = ReadingOutcome(record["outcome"])
    result = (OUTCOMES_WITH_REASON if is_reason_known else OUTCOMES)[outcome]
    if record.get("error"):
        result = ANSWERED(result=result, error=str(record["error"]).rstrip(".") + ".")
    times = {name: str(record[name])[:19].replace("T", " ") + " UTC" for name in ("since", "until", "at")}
    values: dict[str, str | Text] = {
        "result": result,
        "project": str(record["project"]),
        "by": str(record["by"]) or "metrics_analysis",
        **times,
    }
    if outcome in (ReadingOutcome.FOUND, ReadingOutcome.NOTHING):
        return READ(count=int(record["entries"]), **values)
    return NOT_READ(**values)
