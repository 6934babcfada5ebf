"""Help of `hinomi deploy`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage

PROJECT = Text(en="Project that Hinomi is installed in.", ja="Hinomi をインストールするプロジェクト。")
REGION = Text(
    en="Region of the functions and the database, such as asia-northeast1.",
    ja="関数とデータベースのリージョン (例: asia-northeast1)。",
)
_INSTANCE = Text(en="An existing Cloud SQL instance.", ja="既存の Cloud SQL インスタンス。")
_VOLUME = Text(
    en="Log volume of everything that is monitored, in GiB a day.",
    ja="監視対象全体のログ量 (GiB/日)。",
)
_WORK = Text(en="Folder for files of the steps.", ja="ステップ用のファイルを置くフォルダ。")
_VERBOSE = Text(
    en="Add the purpose of each resource and the gcloud commands.",
    ja="各リソースの目的と gcloud コマンドも表示します。",
)
_SITE = {
    "project": PROJECT,
    "region": REGION,
    "scope": Text(
        en="What Hinomi monitors: organizations/N, folders/N or projects/A,B.",
        ja="監視対象: organizations/N、folders/N または projects/A,B。",
    ),
    "secret": Text(
        en="Secret in Secret Manager for a variable; may be repeated.",
        ja="変数に対応する Secret Manager のシークレット。複数指定できます。",
    ),
    "no_secret": Text(
        en="Drop a secret of the last deployment; may be repeated.",
        ja="前回のデプロイで指定したシークレットの使用をやめます。複数指定できます。",
    ),
    "instance": _INSTANCE,
    "email": Text(en="Receives alerts about Hinomi itself.", ja="Hinomi 自体のアラートの送信先。"),
    "settings": Text(
        en="File of HINOMI_NAME=value lines for the functions.",
        ja="関数に渡す HINOMI_NAME=value 形式の行のファイル。",
    ),
    "copy": Text(
        en="BigQuery dataset, PROJECT.DATASET, that the history is copied to.",
        ja="履歴のコピー先の BigQuery データセット (PROJECT.DATASET)。",
    ),
}
_CHANGES = {
    **_SITE,
    "no_settings": Text(
        en="Drop the settings of the last deployment; without --settings they are kept.",
        ja="前回のデプロイの設定を破棄します。--settings も指定しない場合、設定は維持されます。",
    ),
    "access": Text(
        en="Deploy the dashboard, and let this user:, group: or domain: in; may be repeated.",
        ja="ダッシュボードをデプロイし、この user:、group:、domain: に公開します。複数指定できます。",
    ),
    "no_dashboard": Text(
        en="Remove the dashboard of the last deployment.",
        ja="前回デプロイしたダッシュボードを削除します。",
    ),
    "adopt": Text(
        en="Manage existing resources that have Hinomi's names.",
        ja="Hinomi のリソースと同名の既存リソースを Hinomi の管理下に置きます。",
    ),
    "source": Text(en="Folder written by `hinomi deploy source`.", ja="`hinomi deploy source` で書き出したフォルダ。"),
}

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=Text(
            en="Plan a deployment, estimate its cost, write its source. deploy.sh applies the plan.",
            ja="デプロイの計画、費用の見積もり、ソースの書き出しを行います。計画の適用は deploy.sh で行います。",
        )
    ),
    "source": HelpPage(
        summary=Text(
            en="Write the folder that is deployed: code, compiled rules and locked dependencies.",
            ja="デプロイするフォルダ (コード、コンパイル済みルール、固定した依存パッケージ) を書き出します。",
        ),
        parameters={
            "out": Text(
                en="Folder to write; its content is replaced.",
                ja="書き出し先のフォルダ。既存の内容は置き換えられます。",
            )
        },
        examples=(
            Example("hinomi deploy source .hinomi/source", Text(en="Write the folder.", ja="フォルダを書き出します。")),
        ),
    ),
    "cost": HelpPage(
        summary=Text(
            en="Estimate the monthly cost of an installation, in US dollars.",
            ja="インストール環境の月額費用を米ドルで見積もります。",
        ),
        parameters={"log_gib_per_day": _VOLUME, "instance": _INSTANCE},
        examples=(
            Example(
                "hinomi deploy cost --log-gib-per-day 20",
                Text(en="With 20 GiB of logs a day.", ja="ログ量が 1 日 20 GiB の場合を見積もります。"),
            ),
        ),
    ),
    "plan": HelpPage(
        summary=Text(
            en="Show what deploy.sh would create, change and remove, by kind of resource. Changes nothing.",
            ja="deploy.sh が作成、変更、削除するものを、リソースの種類ごとに表示します。変更は行いません。",
        ),
        parameters={
            **_CHANGES,
            "log_gib_per_day": Text(
                en="Add the estimated cost for this log volume, in GiB a day.",
                ja="このログ量 (GiB/日) での費用の見積もりも表示します。",
            ),
            "out": Text(
                en="For deploy.sh: file for the steps of the first phase; empty when there are none.",
                ja="deploy.sh 用: 最初のフェーズのステップを書き出すファイル。ステップがなければ空になります。",
            ),
            "work": _WORK,
            "verbose": _VERBOSE,
        },
        examples=(
            Example(
                "hinomi deploy plan --project my-monitoring --region asia-northeast1 --verbose",
                Text(en="The plan with every command.", ja="すべてのコマンドを含む計画を表示します。"),
            ),
        ),
    ),
    "steps": HelpPage(
        summary=Text(
            en="For deploy.sh: after each completed phase on standard input, write the next one and its steps to a file.",
            ja="deploy.sh 用: 標準入力から完了したフェーズを 1 行ずつ読み取り、次のフェーズとそのステップをファイルに書き出します。",
        ),
        parameters={
            **_CHANGES,
            "out": Text(
                en="The file for the phase and each step (name, number of words, words), all ended by NUL.",
                ja="フェーズと各ステップ (名前、語数、語) を NUL 区切りで書き出すファイル。",
            ),
            "work": _WORK,
        },
        examples=(
            Example(
                "echo apis | hinomi deploy steps --project my-monitoring --region asia-northeast1 --out steps",
                Text(en="The phase after the first one.", ja="最初のフェーズの次のフェーズを書き出します。"),
            ),
        ),
    ),
    "removal": HelpPage(
        summary=Text(
            en="For deploy.sh: show what --destroy removes, and write the steps to a file.",
            ja="deploy.sh 用: --destroy で削除するものを表示し、ステップをファイルに書き出します。",
        ),
        parameters={
            **_SITE,
            "databases": Text(en="Remove the databases too.", ja="データベースも削除します。"),
            "ignore_unreadable": Text(
                en="Continue when a resource cannot be read.", ja="読み取れないリソースがあっても続行します。"
            ),
            "out": Text(
                en="File for the steps, in the form of `steps`.", ja="`steps` と同じ形式のステップを書き出すファイル。"
            ),
            "verbose": _VERBOSE,
        },
        examples=(
            Example(
                "hinomi deploy removal --project my-monitoring --region asia-northeast1",
                Text(en="What --destroy would remove.", ja="--destroy で削除されるものを表示します。"),
            ),
        ),
    ),
}
