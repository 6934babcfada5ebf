"""Help of `hinomi access`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_AT = Text(en="At this time (ISO 8601, or 7d for a week ago).", ja="この時点 (ISO 8601、または 1 週間前なら 7d)。")
_DAYS = Text(en="Number of past days in which to look for use.", ja="使用の有無を調べる過去の日数。")

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["access"]),
    "who": HelpPage(
        summary=Text(
            en="List who has access to a resource: granted or inherited, directly or through a group.",
            ja="リソースにアクセスできるプリンシパルを、直接の付与、継承、グループ経由を含めて一覧表示します。",
        ),
        parameters={
            "resource": Text(
                en="gs://bucket, project.dataset.table, projects/P/topics/T, projects/P or a full resource name.",
                ja="gs://bucket、project.dataset.table、projects/P/topics/T、projects/P、または完全なリソース名。",
            ),
            "may": Text(
                en="Only grants that allow this: read (data), write (change data) or admin (change the policy).",
                ja="この操作を許可する権限付与のみ。read: データの読み取り、write: データの変更、admin: ポリシーの変更。",
            ),
            "at": _AT,
            "days": _DAYS,
        },
        examples=(
            Example(
                "hinomi access who gs://example-exports --may read --at 7d",
                Text(
                    en="Principals that could read the bucket a week ago.",
                    ja="1 週間前にバケットを読み取れたプリンシパルを表示します。",
                ),
            ),
        ),
    ),
    "of": HelpPage(
        summary=Text(
            en="List the access of a principal: its own, through groups and its domain, and what is public.",
            ja="プリンシパルのアクセス権を、本人への付与、グループやドメイン経由、公開のものを含めて一覧表示します。",
        ),
        parameters={
            "principal": Text(
                en="E-mail address, or a member such as group:team@example.com.",
                ja="メールアドレス、または group:team@example.com などのメンバー。",
            ),
            "at": _AT,
            "days": _DAYS,
        },
        examples=(
            Example(
                "hinomi access of alice@example.com",
                Text(en="The access of Alice.", ja="alice のアクセス権を表示します。"),
            ),
        ),
    ),
    "diff": HelpPage(
        summary=Text(
            en="List grants that were granted and revoked between two times, and by whom.",
            ja="2 つの時点の間に付与・取り消しされた権限と、その実行者を一覧表示します。",
        ),
        parameters={
            "start": Text(en="A time, or 7d for a week ago.", ja="日時、または 1 週間前なら 7d。"),
            "end": Text(en="A time, or now.", ja="日時、または now。"),
        },
        examples=(
            Example(
                "hinomi access diff 7d", Text(en="Changes of the last week.", ja="過去 1 週間の変更を表示します。")
            ),
        ),
    ),
    "unused": HelpPage(
        summary=Text(
            en="List unused grants: a report for a security review.",
            ja="使われていない権限付与を一覧表示します (セキュリティレビュー用のレポート)。",
        ),
        details=Text(
            en="Without evidence a grant is unknown, not unused. The report counts all grants, with the reasons of the "
            "unknown ones.",
            ja="根拠がない場合は「未使用」ではなく「不明」になります。レポートにはすべての権限付与の件数と、不明の理由が含まれます。",
        ),
        parameters={
            "days": Text(en="Days without use.", ja="使われていない日数。"),
            "at": _AT,
            "with_unknown": Text(
                en="Include grants whose use is unknown.", ja="使用状況が不明な権限付与も表示します。"
            ),
            "form": Text(en="Format of the report.", ja="レポートの形式。"),
        },
        examples=(
            Example(
                "hinomi access unused --days 90 --format markdown > unused.md",
                Text(en="Write the report to a file.", ja="レポートをファイルに保存します。"),
            ),
        ),
    ),
    "drift": HelpPage(
        summary=Text(
            en="List grants that no persona of the platform map explains, and access that personas lack. "
            "The exit code is 1 if there is any.",
            ja="プラットフォームマップのどのペルソナにも該当しない権限付与と、ペルソナに不足しているアクセス権を一覧表示します。"
            "1 件でもあれば終了コードは 1 です。",
        ),
        details=Text(
            en="The most severe first, each with the reasons and the command that revokes it. Grants of Google's own "
            "agents, defaults of buckets and datasets, and Hinomi's own grants are only counted, unless they allow more "
            "than they should.",
            ja="深刻なものから順に、理由と取り消し用のコマンドを表示します。Google のサービスエージェント、バケットとデータセットの"
            "既定値、Hinomi 自身への付与は、過剰な権限でない限り件数のみ表示します。",
        ),
        parameters={
            "at": _AT,
            "days": _DAYS,
            "file": Text(en="The platform map.", ja="プラットフォームマップ。"),
            "with_all": Text(
                en="Show every line, including intended grants and grants that are otherwise only counted.",
                ja="想定内の権限付与や件数のみのものを含め、すべての行を表示します。",
            ),
        },
        examples=(
            Example(
                "hinomi access drift --map platform.yaml",
                Text(en="Compare the access with a map.", ja="アクセス権をマップと比較します。"),
            ),
        ),
    ),
}
