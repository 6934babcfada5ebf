"""Help of `hinomi owners`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage
from shared.texts.help.hinomi import COMMANDS

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=COMMANDS["owners"],
        details=Text(
            en="The table is `owners` of handlers.yaml, as it was last applied; the owners of layers come from the platform map.",
            ja="handlers.yaml の `owners` (最後に適用された内容) と、プラットフォームマップの層のオーナーを使用します。",
        ),
    ),
    "list": HelpPage(
        summary=Text(
            en="List the owners, with what each owns, and who is notified.",
            ja="オーナー、対象、通知先を一覧表示します。",
        ),
        examples=(
            Example("hinomi owners list", Text(en="List all owners.", ja="すべてのオーナーを表示します。")),
            Example("hinomi owners list --json", Text(en="List them as JSON.", ja="JSON で表示します。")),
        ),
    ),
    "who": HelpPage(
        summary=Text(
            en="Show the owner of a resource or an incident, and the pattern that matched.",
            ja="リソースまたはインシデントのオーナーと、その根拠となったパターンを表示します。",
        ),
        details=Text(
            en="The most specific entry applies: resource, then label, rule, layer, project and service. Between two patterns of "
            "one kind, the pattern with more literal characters applies.",
            ja="最も具体的な項目が使われます。順序はリソース、ラベル、ルール、層、プロジェクト、サービスで、"
            "同じ種類のパターンではワイルドカード以外の文字が多いものを優先します。",
        ),
        parameters={
            "target": Text(
                en="A resource, such as example-project.mart.orders, gs://exports or prod/ingest_orders/load, "
                "or an incident id.",
                ja="リソース (example-project.mart.orders、gs://exports、prod/ingest_orders/load など) "
                "またはインシデントの ID。",
            ),
            "service": Text(
                en="Service of the resource, such as composer. Default: derived from the form of the name.",
                ja="リソースのサービス (composer など)。省略時は名前の形式から判別します。",
            ),
            "project": Text(
                en="Project of the resource. Default: that in its name.",
                ja="リソースのプロジェクト。省略時は名前に含まれるプロジェクト。",
            ),
            "rule": Text(en="Detection rule of the incident.", ja="インシデントの検知ルール。"),
            "label": Text(
                en="Label of the incident, as NAME=VALUE; may be repeated.",
                ja="インシデントのラベル (NAME=VALUE)。複数指定できます。",
            ),
        },
        examples=(
            Example(
                "hinomi owners who example-project.mart.orders",
                Text(en="The owner of a table.", ja="テーブルのオーナーを表示します。"),
            ),
            Example(
                "hinomi owners who prod/ingest_orders/load --service composer",
                Text(en="The owner of an Airflow task.", ja="Airflow タスクのオーナーを表示します。"),
            ),
            Example(
                "hinomi owners who 42",
                Text(en="The owner of incident 42.", ja="インシデント 42 のオーナーを表示します。"),
            ),
        ),
    ),
}
