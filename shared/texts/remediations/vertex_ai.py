"""Results and errors of the remediations of Vertex AI."""

from __future__ import annotations

from shared.texts import Plural, Template

NOT_NAMED = Template(
    en="the incident does not name a resource of {kind}: '{resource}'",
    ja="インシデントから {kind} のリソースを特定できません: '{resource}'",
)
READ = Template(en="read {name}", ja="{name} の読み取り")
LIST_JOBS = Template(en="list the pipeline runs of {parent}", ja="{parent} のパイプライン実行の一覧の取得")
OUT_OF_RANGE = Template(
    en="{name}: {value} is not {least} to {most}", ja="{name}: {value} は {least} ～ {most} の範囲外です"
)

# rerun_pipeline_job.
RUN_PIPELINE = Template(
    en="run pipeline {pipeline} again as {job}", ja="パイプライン {pipeline} の {job} としての再実行"
)
WOULD_RERUN = Template(
    en="would run pipeline {pipeline} again with the parameters of {failed}, as {job}",
    ja="パイプライン {pipeline} を、{failed} と同じパラメータで {job} として再実行する予定",
)
RERUN = Template(
    en="started pipeline {pipeline} again as {job} (attempt {attempt} of {most})",
    ja="パイプライン {pipeline} を {job} として再実行 ({most} 回中 {attempt} 回目)",
)
NOT_FAILED = Template(
    en="nothing to do: pipeline run {job} is {state}", ja="対応不要: パイプライン実行 {job} の状態は {state}"
)
ANOTHER_RUN = Template(
    en="nothing to do: {job}, a later run with the same parameters, is {state}",
    ja="対応不要: 同じパラメータの後の実行 {job} の状態は {state}",
)
JOB_IS = Template(en="{job} is {state}", ja="{job} の状態は {state}")
FAILED_AGAIN = Plural(
    one="pipeline {pipeline} failed again after it was run again once",
    many="pipeline {pipeline} failed again after it was run again {count} times",
    ja="パイプライン {pipeline} は {count} 回再実行しても再び失敗",
)

# rerun_custom_job.
LIST_CUSTOM_JOBS = Template(en="list the custom jobs of {parent}", ja="{parent} のカスタムジョブの一覧の取得")
RUN_JOB = Template(en="run custom job {name} again", ja="カスタムジョブ {name} の再実行")
WOULD_RERUN_JOB = Template(
    en="would run custom job {name} again, as {failed} was",
    ja="カスタムジョブ {name} を {failed} と同じ内容で再実行する予定",
)
RERUN_JOB = Template(
    en="started custom job {name} again (attempt {attempt} of {most})",
    ja="カスタムジョブ {name} を再実行 ({most} 回中 {attempt} 回目)",
)
ANOTHER_JOB = Template(
    en="nothing to do: {job}, a later job {name} that does the same, is {state}",
    ja="対応不要: 同じ内容の後のジョブ {name} ({job}) の状態は {state}",
)
OF_PIPELINE = Template(
    en="a pipeline started custom job {job}: run the pipeline again",
    ja="カスタムジョブ {job} はパイプラインから起動されたため、パイプラインを再実行してください",
)
JOB_FAILED_AGAIN = Plural(
    one="custom job {name} failed again after it was run again once",
    many="custom job {name} failed again after it was run again {count} times",
    ja="カスタムジョブ {name} は {count} 回再実行しても再び失敗",
)
NOT_LISTED = Template(
    en="the new job {name} is not in the list of custom jobs yet", ja="新しいジョブ {name} がまだ一覧にありません"
)

# cancel_custom_job and cancel_pipeline_job.
CUSTOM_JOB = Template(en="custom job {job}", ja="カスタムジョブ {job}")
PIPELINE_RUN = Template(en="pipeline run {job}", ja="パイプライン実行 {job}")
CANCEL = Template(en="cancel {what}", ja="{what} のキャンセル")
WOULD_CANCEL = Template(en="would cancel {what}, which is {state}", ja="{what} ({state}) をキャンセルする予定")
CANCELLED = Template(en="cancelled {what}", ja="{what} をキャンセル")
NOT_RUNNING = Template(en="nothing to do: {what} is {state}", ja="対応不要: {what} の状態は {state}")
ENDED_OTHERWISE = Template(
    en="{what} ended as {state} before it was cancelled", ja="{what} はキャンセルの前に {state} で終了"
)

# scale_endpoint and undeploy_model.
MODEL = Template(en="{model} to {count} replicas", ja="{model} を {count} レプリカ")
SCALE = Template(
    en="scale model {model} of endpoint {endpoint}", ja="エンドポイント {endpoint} のモデル {model} のスケール"
)
WOULD_SCALE = Template(
    en="would scale endpoint {endpoint} to at most: {models}",
    ja="エンドポイント {endpoint} の最大数を変更する予定: {models}",
)
SCALED = Template(
    en="scaled endpoint {endpoint} to at most: {models}", ja="エンドポイント {endpoint} の最大数を変更: {models}"
)
WOULD_SCALE_BACK = Template(
    en="would scale endpoint {endpoint} back to at most: {models}",
    ja="エンドポイント {endpoint} の最大数を元に戻す予定: {models}",
)
SCALED_BACK = Template(
    en="scaled endpoint {endpoint} back to at most: {models}",
    ja="エンドポイント {endpoint} の最大数を元に戻しました: {models}",
)
SCALED_ALREADY = Template(
    en="nothing to do: endpoint {endpoint} already has these replicas",
    ja="対応不要: エンドポイント {endpoint} は変更済み",
)
CHANGED_SINCE = Template(
    en="nothing to do: endpoint {endpoint} was changed at {time}, after the load began",
    ja="対応不要: エンドポイント {endpoint} は負荷の検知後、{time} に変更されています",
)
AT_LIMIT = Template(
    en="every model of endpoint {endpoint} may have {most} replicas or more: scale it by hand",
    ja="エンドポイント {endpoint} の全モデルが上限の {most} レプリカ以上のため、手動でスケールしてください",
)
NOT_SCALABLE = Template(
    en="endpoint {endpoint} has no model with replicas of its own",
    ja="エンドポイント {endpoint} にレプリカ数を変更できるモデルがありません",
)
REPLICAS_ARE = Template(en="at most: {models}", ja="最大数: {models}")
MODEL_CHANGED = Template(
    en="the replicas of endpoint {endpoint} were changed after the run",
    ja="エンドポイント {endpoint} のレプリカ数は実行後に変更されています",
)
UNDEPLOY = Template(
    en="undeploy model {model} from endpoint {endpoint}",
    ja="エンドポイント {endpoint} からのモデル {model} のデプロイ解除",
)
WOULD_UNDEPLOY = Template(
    en="would undeploy model {model}, deployed at {time}, from endpoint {endpoint}; traffic: {traffic}",
    ja="エンドポイント {endpoint} から、{time} にデプロイされたモデル {model} のデプロイを解除する予定 (トラフィック: {traffic})",
)
UNDEPLOYED = Template(
    en="undeployed model {model} from endpoint {endpoint}; traffic: {traffic}",
    ja="エンドポイント {endpoint} からモデル {model} のデプロイを解除 (トラフィック: {traffic})",
)
NOTHING_NEW = Template(
    en="nothing to do: endpoint {endpoint} has no model that was deployed in the {hours} h before the incident",
    ja="対応不要: エンドポイント {endpoint} には、インシデント前の {hours} 時間にデプロイされたモデルがありません",
)
ONLY_MODEL = Template(
    en="model {model} is the only one of endpoint {endpoint}: without it every prediction would fail",
    ja="モデル {model} はエンドポイント {endpoint} の唯一のモデルのため、デプロイを解除しません",
)
NO_TRAFFIC = Template(
    en="the latest model {model} of endpoint {endpoint} has no traffic, so it is not the cause",
    ja="エンドポイント {endpoint} の最新のモデル {model} にはトラフィックがないため、原因ではありません",
)
STILL_DEPLOYED = Template(en="model {model} is still deployed", ja="モデル {model} はまだデプロイされています")
