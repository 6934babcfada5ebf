"""Help of `hinomi silences`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

_REPEATED = Template(
    en="Pattern, such as '{example}'; may be repeated.", ja="パターン (例: '{example}')。複数指定できます。"
)

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(summary=COMMANDS["silences"]),
    "add": HelpPage(
        summary=Text(
            en="Mute actions for incidents that match every given option.",
            ja="指定した条件をすべて満たすインシデントのアクションを止めます。",
        ),
        details=Text(
            en="The incidents are recorded, but no handler rule acts on them until the silence expires.",
            ja="インシデントは記録されますが、サイレンスが終了するまでハンドラールールのアクションは実行されません。",
        ),
        parameters={
            "length": Text(
                en="For how long, such as 30m, 2h, 3d or 1w; with --every a year by default.",
                ja="期間 (例: 30m、2h、3d、1w)。--every を指定した場合の既定値は 1 年。",
            ),
            "every": Text(
                en="Only in this weekly window, such as 'sun 02:00-04:00' or 'mon-fri 22:00-06:00'; may be repeated.",
                ja="毎週この時間帯のみ有効 (例: 'sun 02:00-04:00'、'mon-fri 22:00-06:00')。複数指定できます。",
            ),
            "timezone": Text(
                en="Time zone of --every. [default: HINOMI_TIMEZONE]",
                ja="--every のタイムゾーン。[既定値: HINOMI_TIMEZONE]",
            ),
            "starts": Text(
                en="Start: a time (UTC if it has no zone), or a duration from now, such as 2h. [default: now]",
                ja="開始日時 (タイムゾーンがなければ UTC)、または 2h のような現在からの期間。[既定値: 今すぐ]",
            ),
            "reason": Text(en="Reason; stored with the silence.", ja="理由。サイレンスとともに記録されます。"),
            "owner": Text(en="The person responsible. [default: you]", ja="責任者。[既定値: 実行したユーザー]"),
            "kind": Text(
                en="Incidents of this kind; may be repeated.", ja="この種類のインシデント。複数指定できます。"
            ),
            "service": _REPEATED(example="bigquery"),
            "rule": _REPEATED(example="storage/*"),
            "resource": _REPEATED(example="etl-*"),
            "principal": _REPEATED(example="*@example.com"),
            "project": _REPEATED(example="sandbox-*"),
            "severity": Text(en="Incidents of at least this severity.", ja="この重大度以上のインシデント。"),
            "yes": Text(
                en="Confirm a silence of more than one service or of more than 30 days.",
                ja="複数のサービス、または 30 日を超えるサイレンスを確認なしで作成します。",
            ),
            "label": Text(
                en="NAME=PATTERN of a label; may be repeated.", ja="ラベルの NAME=PATTERN。複数指定できます。"
            ),
        },
        examples=(
            Example(
                "hinomi silences add --for 2h --service composer --resource 'etl-*' --reason 'planned maintenance'",
                Text(
                    en="Mute everything about Airflow resources named etl-… for two hours.",
                    ja="名前が etl- で始まる Airflow のリソースのアクションを 2 時間止めます。",
                ),
            ),
            Example(
                "hinomi silences add --every 'sun 02:00-04:00' --timezone Asia/Tokyo --service cloud_sql --reason 'maintenance'",
                Text(
                    en="Mute actions during a weekly maintenance window.",
                    ja="毎週のメンテナンスウィンドウの間、アクションを止めます。",
                ),
            ),
            Example(
                "hinomi silences add --starts 6h --for 2h --rule 'bigquery/*' --reason 'new host'",
                Text(
                    en="Mute actions for two hours of maintenance that begins in six hours.",
                    ja="6 時間後に始まる 2 時間のメンテナンスの間、アクションを止めます。",
                ),
            ),
        ),
    ),
    "list": HelpPage(
        summary=Text(
            en="List active silences, the one that expires next first, with the number of muted actions.",
            ja="有効なサイレンスを終了が近い順に、止めたアクションの件数とともに一覧表示します。",
        ),
        parameters={"with_expired": Text(en="Include expired silences.", ja="終了したサイレンスも表示します。")},
        examples=(
            Example("hinomi silences list --all", Text(en="List all silences.", ja="すべてのサイレンスを表示します。")),
        ),
    ),
    "extend": HelpPage(
        summary=Text(en="Extend silences that have not expired.", ja="終了していないサイレンスを延長します。"),
        parameters={
            "ids": Text(en="Silence ids, as `list` shows them.", ja="`list` に表示されるサイレンスの ID。"),
            "length": Text(en="How much later it ends, such as 2h or 3d.", ja="延長する期間 (例: 2h、3d)。"),
            "yes": Text(
                en="Confirm a silence that ends in more than 30 days.",
                ja="終了まで 30 日を超えるサイレンスを確認なしで延長します。",
            ),
        },
        examples=(
            Example(
                "hinomi silences extend 3 --for 1d",
                Text(en="Extend silence 3 by a day.", ja="サイレンス 3 の終了を 1 日延ばします。"),
            ),
        ),
    ),
    "expire": HelpPage(
        summary=Text(en="Expire silences now.", ja="サイレンスを今すぐ終了します。"),
        parameters={"ids": Text(en="Silence ids, as `list` shows them.", ja="`list` に表示されるサイレンスの ID。")},
        examples=(Example("hinomi silences expire 3", Text(en="Expire silence 3.", ja="サイレンス 3 を終了します。")),),
    ),
}
