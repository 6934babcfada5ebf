"""Texts of the action relaunch_dataflow_job."""

from __future__ import annotations

from shared.texts import Plural, Template, Text

TEMPLATE_FORM = Template(
    en="'{value}' is not the path of a template: use gs://BUCKET/PATH",
    ja="'{value}' はテンプレートのパスではありません。gs://BUCKET/PATH を指定してください",
)
NO_TEMPLATE = Template(
    en="no Dataflow template is named '{name}': set {setting}",
    ja="Dataflow テンプレート '{name}' はありません。{setting} を設定してください",
)
KIND = Template(en="kind must be one of {choices}", ja="kind には {choices} のいずれかを指定してください")
ENVIRONMENT = Template(
    en="the environment has no '{name}': use {names}",
    ja="environment に '{name}' はありません: {names} を使用してください",
)
PARAMETER = Template(en="the parameter '{name}' takes text", ja="パラメータ '{name}' にはテキストを指定してください")
MAX_LAUNCHES = Template(
    en="max_launches must be a number from 1 to {most}, not {value}",
    ja="max_launches には 1 から {most} までの数を指定してください (指定値: {value})",
)
NO_JOB = Text(
    en="the incident does not name a Dataflow job: it needs the labels job, run and location",
    ja="インシデントに Dataflow ジョブの情報がありません。ラベル job、run、location が必要です",
)
READ_JOB = Template(en="read Dataflow job {job}", ja="Dataflow ジョブ {job} の読み取り")
LIST = Template(en="list the Dataflow jobs of {location}", ja="{location} の Dataflow ジョブの一覧取得")
OTHER_JOB = Template(
    en="the Dataflow job {id} is named {name} and not {job}: nothing was done",
    ja="Dataflow ジョブ {id} の名前は {job} ではなく {name} のため、何も変更していません",
)
NOT_FAILED = Template(
    en="Dataflow job {job} is {state} and did not fail: nothing was done",
    ja="Dataflow ジョブ {job} の状態は {state} で、失敗していないため、何も変更していません",
)
RUNS_AGAIN = Template(
    en="nothing to do: Dataflow job {job} was started again since, and is {state}",
    ja="対応不要: Dataflow ジョブ {job} はその後再び開始済み (状態: {state})",
)
LAUNCH = Template(
    en="launch template {template} as job {job}", ja="テンプレート {template} のジョブ {job} としての起動"
)
WOULD_LAUNCH = Template(
    en="would launch template {template} as job {job}", ja="テンプレート {template} をジョブ {job} として起動する予定"
)
LAUNCHED = Template(
    en="launched template {template} as job {job}", ja="テンプレート {template} をジョブ {job} として起動"
)
FAILED_AGAIN = Plural(
    one="Dataflow job {job} failed again after it was launched once",
    many="Dataflow job {job} failed again after it was launched {count} times",
    ja="Dataflow ジョブ {job} は {count} 回起動しても再び失敗",
)
IS_NOW = Template(en="it is {state} now", ja="現在の状態: {state}")
NOT_LISTED = Template(en="job {job} is not in the list of jobs", ja="ジョブ {job} がジョブの一覧に見つかりません")
