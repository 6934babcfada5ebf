"""Texts of `hinomi deploy`."""

from __future__ import annotations

from shared.texts import Template, Text

SOURCE = Template(en="Source: {folder} ({digest})", ja="ソース: {folder} ({digest})")
COST = Template(
    en="Estimated cost: {usd} US dollars a month for {gib} GiB of logs a day",
    ja="費用の見積もり: 月額 {usd} 米ドル (ログ 1 日 {gib} GiB の場合)",
)
PRICES = Template(
    en="List prices of {date}, if the sinks export {share} of the logs: "
    "measure your share with `hinomi rules sink-filter --measure FILE`.",
    ja="{date} 時点の定価。ログの {share} がシンクを通過すると仮定しています。"
    "実際の割合は `hinomi rules sink-filter --measure FILE` で測定できます。",
)
COST_LINE = Template(en="{what}: {why}", ja="{what}: {why}")
KEPT = Template(en="Kept from the last deployment: {options}", ja="前回のデプロイから引き継ぐオプション: {options}")
NOTHING_TO_CHANGE = Text(
    en="Nothing to change: the installation matches the plan.",
    ja="変更はありません。計画どおりにデプロイされています。",
)
NOT_INSTALLED = Template(
    en="Hinomi is not installed in project {project}: nothing to remove.",
    ja="Hinomi はプロジェクト {project} にデプロイされていません。削除するものはありません。",
)
NO_TRACES = Template(
    en="cannot check {resources} for an earlier deployment",
    ja="以前のデプロイの有無を確認できません: {resources}",
)
CANNOT_LOOK = Template(
    en="cannot check {level} for resources of Hinomi: get the permission, or use --ignore-unreadable",
    ja="Hinomi のリソースの有無を確認できません: {level}。権限を取得するか、--ignore-unreadable を指定してください",
)
INVALID_PHASE = Template(
    en="there is no phase '{value}': use one of {phases}",
    ja="フェーズ '{value}' はありません。{phases} のいずれかを指定してください",
)
TWO_COPIES = Template(
    en="--bigquery-history is {option}, and HINOMI_BIGQUERY_HISTORY in the settings is {setting}",
    ja="--bigquery-history ({option}) と設定ファイルの HINOMI_BIGQUERY_HISTORY ({setting}) が異なります",
)
SETTINGS_TWICE = Text(
    en="use either --settings or --no-settings", ja="--settings と --no-settings は同時に指定できません"
)
DASHBOARD_TWICE = Text(
    en="use either --dashboard-access or --no-dashboard",
    ja="--dashboard-access と --no-dashboard は同時に指定できません",
)
INCOMPLETE = Template(en="{resource} cannot be created yet: {command}", ja="{resource}はまだ作成できません: {command}")
