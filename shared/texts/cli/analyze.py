"""Texts of `hinomi analyze`."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

MORE_UNREAD = Plural(
    one="and {count} more part that could not be read",
    many="and {count} more parts that could not be read",
    ja="ほかに {count} か所を読み取れませんでした",
)
READ = Plural(one="Read {count} entry.", many="Read {count} entries.", ja="{count} 件のエントリを読み取りました。")
READ_BETWEEN = Plural(
    one="Read {count} entry, from {first} to {last} (times in {zone}).",
    many="Read {count} entries, from {first} to {last} (times in {zone}).",
    ja="{count} 件のエントリを読み取りました ({first} ～ {last}、時刻は {zone})。",
)
READ_AT = Plural(
    one="Read {count} entry, of {first} (times in {zone}).",
    many="Read {count} entries, all of {first} (times in {zone}).",
    ja="{count} 件のエントリを読み取りました ({first}、時刻は {zone})。",
)
EMPTY_EXPORT = Text(
    en="Read 0 entries: the export is empty. Check its filter, its project and its period: "
    "`gcloud logging read` reads the last day unless `--freshness` says otherwise.",
    ja="エントリがありません。エクスポートが空です。フィルター、プロジェクト、期間を確認してください。"
    "`gcloud logging read` は、`--freshness` を指定しない限り直近 1 日分を読み取ります。",
)
FOUND = Template(en="{findings} of {rules}.", ja="{rules}で {findings}を検知しました。")
FINDINGS = Plural(one="{count} finding", many="{count} findings", ja="{count} 件")
RULES = Plural(one="{count} rule", many="{count} rules", ja="{count} 個のルール")
NOTHING_FOUND = Text(en="0 findings of 0 rules.", ja="検知結果はありません。")
HIDDEN = Template(
    en="{count} more not shown: filter with --severity, raise --limit, or use --json.",
    ja="ほか {count} 件は表示していません。--severity で絞り込むか、--limit を増やすか、--json を使用してください。",
)
NEXT_WITHOUT_FINDINGS = Text(
    en="`hinomi rules list` shows what the rules detect. Most of them read audit logs: "
    "the export should contain logName:cloudaudit.googleapis.com.",
    ja="ルールの検知対象は `hinomi rules list` で確認できます。多くのルールは監査ログを読むため、"
    "logName:cloudaudit.googleapis.com を含めてエクスポートしてください。",
)
NEXT = Text(
    en="Next: --json prints each finding with its entry number, `hinomi rules list` shows what the rules detect, "
    "and docs/writing-rules.md explains how to tune one.",
    ja="次の手順: --json で各検知結果をエントリ番号付きで出力できます。ルールの検知対象は `hinomi rules list`、"
    "調整方法は docs/writing-rules.md を参照してください。",
)
ENTRIES = Text(en="entries", ja="件")

INCIDENTS = Plural(one="{count} incident", many="{count} incidents", ja="{count} 件")
AND_OTHERS = Template(en="{names}, and others", ja="{names} ほか")
RECOVERED = Text(en="(recovered)", ja="(復旧)")
TIMES = Plural(one="{count} time", many="{count} times", ja="{count} 回")

SEVERITY = Text(en="severity", ja="重大度")
TOTAL = Text(en="incidents", ja="インシデント")
NAMES = Text(en="rule, resource, who", ja="ルール、対象、実行者")
KIND = Text(en="kind", ja="種類")
RANGE = Text(en=" – ", ja=" ～ ")
FIRST_LAST = Text(en="first – last", ja="最初 ～ 最後")
COUNT = Text(en="times", ja="回数")
SUMMARY = Text(en="summary", ja="概要")
RULE = Text(en="rule", ja="検知ルール")
WHEN = Text(en="when", ja="日時")
WHERE = Text(en="where", ja="対象")
WHO = Text(en="who", ja="実行者")
