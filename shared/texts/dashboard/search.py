"""Texts of the search and of the command palette."""

from __future__ import annotations

from shared.texts import Template, Text

TITLE = Text(en="Search", ja="検索")
PLACEHOLDER = Text(en="An incident, job, table, person or page", ja="インシデント、ジョブ、テーブル、人、ページ")
NOTHING = Text(en="No matches.", ja="一致するものはありません。")
LOOKED_AT = Text(
    en="Looked at: pages, incidents of the last 30 days, resources and principals with access.",
    ja="検索対象: ページ、直近 30 日間のインシデント、アクセス権のあるリソースとプリンシパル。",
)
PAGE = Text(en="Page", ja="ページ")
SEARCH = Text(en="Search", ja="検索")
RESOURCE = Text(en="Resource", ja="リソース")
PRINCIPAL = Text(en="Principal", ja="プリンシパル")
INCIDENTS_WITH = Template(en="Incidents with “{text}”", ja="「{text}」を含むインシデント")
JOBS_NAMED = Template(en="Jobs named “{text}”", ja="「{text}」を含むジョブ")
ACCESS_OF = Template(en="Access of or to “{text}”", ja="「{text}」のアクセス権")
