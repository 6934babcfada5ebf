"""Texts about failures of history collectors; the English text is stored with the snapshot."""

from __future__ import annotations

from shared.texts import Template

NO_LOCATION = Template(
    en="'{project}' in '{location}' is not a project in a BigQuery location",
    ja="'{location}' の '{project}' は BigQuery のロケーションにあるプロジェクトではありません",
)
LEVEL = Template(en="{call} of {level} failed: HTTP {status}", ja="{level} の {call} に失敗: HTTP {status}")
PARTIAL = Template(
    en="{places} could not be listed; the rows of the others are stored",
    ja="{places} の一覧を取得できませんでした。取得できた分は保存しました",
)
MONITORING_UNAVAILABLE = Template(
    en="Cloud Monitoring is unavailable: {error}", ja="Cloud Monitoring を利用できません: {error}"
)
SWEEP_FAILED = Template(en="the sweep failed in part: {errors}", ja="定期処理の一部が失敗しました: {errors}")
