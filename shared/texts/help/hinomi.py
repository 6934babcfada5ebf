"""Help of `hinomi` itself, and the sentence for each of its commands."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Text
from shared.texts.help import Example, HelpPage

PAGES: Mapping[str, HelpPage] = {
    "": HelpPage(
        summary=Text(
            en="Monitor a data platform on Google Cloud: detect problems in its logs and metrics, record them as "
            "incidents, send notifications, and run remediations.",
            ja="Google Cloud 上のデータ基盤を監視します。ログとメトリクスから問題を検知し、インシデントとして記録し、通知と修復を行います。",
        ),
        details=Text(
            en="Settings are environment variables HINOMI_*: `hinomi settings` lists them.\n\n"
            "Exit codes: 0 success, 1 a dependency is unavailable or a check failed, 2 invalid input.",
            ja="設定は環境変数 HINOMI_* で行います。一覧は `hinomi settings` で確認できます。\n\n"
            "終了コード: 0 成功、1 依存先が利用できない、または検査に失敗、2 入力の誤り。",
        ),
        parameters={"_version": Text(en="Show the version and exit.", ja="バージョンを表示して終了します。")},
        examples=(
            Example(
                "hinomi analyze entries.json",
                Text(en="Try the rules on exported log entries.", ja="エクスポートしたログでルールを試します。"),
            ),
            Example(
                "hinomi incidents list",
                Text(en="List unresolved incidents.", ja="未復旧のインシデントを一覧表示します。"),
            ),
        ),
    )
}

# One sentence for each command, in the order of the help.
COMMANDS: Mapping[str, Text] = {
    "analyze": Text(
        en="Run the rules on exported log entries: no database, no actions.",
        ja="エクスポートしたログエントリにルールを適用します。データベースは不要で、アクションは実行しません。",
    ),
    "anomalies": Text(
        en="Score each point of a time series against its own history.",
        ja="時系列の各点が、それまでの推移からどれだけ外れているかを数値で示します。",
    ),
    "backtest": Text(
        en="Show the incidents that a limit would have opened, from the stored history of a metric.",
        ja="しきい値を設定した場合に発生したはずのインシデントを、メトリクスの履歴から表示します。",
    ),
    "baselines": Text(
        en="Show the alarms that learned ranges of metrics would have raised, and choose which metrics open incidents.",
        ja="学習したメトリクスの通常の範囲から発生したはずのアラームを表示し、インシデントにするものを選びます。",
    ),
    "dashboard": Text(en="Serve the dashboard on this machine.", ja="このマシンでダッシュボードを起動します。"),
    "tokens": Text(
        en="Manage the tokens with which programs call the JSON API: add, list, revoke.",
        ja="JSON API を呼び出すプログラム用のトークンの作成、一覧表示、失効を行います。",
    ),
    "mcp": Text(
        en="Give an AI assistant access to incidents, jobs, access and cost (MCP server).",
        ja="インシデント、ジョブ、アクセス権、費用の情報を AI アシスタントに提供します (MCP サーバー)。",
    ),
    "incidents": Text(
        en="List, show, acknowledge and resolve incidents.",
        ja="インシデントの一覧と詳細を表示し、対応中や復旧済みにします。",
    ),
    "silences": Text(
        en="Mute actions for a while: add, list, extend, expire.",
        ja="アクションを一時的に止めるサイレンスを追加、一覧表示、延長、終了します。",
    ),
    "handlers": Text(
        en="Manage the rules that start actions for incidents: apply, edit, test, history, runs.",
        ja="インシデントからアクションを起動するハンドラールールを適用、編集、テストし、履歴と実行を確認します。",
    ),
    "approvals": Text(
        en="Decide on remediations that wait for approval: list, approve, deny.",
        ja="承認待ちの自動修復を一覧表示し、承認または却下します。",
    ),
    "actions": Text(
        en="Manage your own scripts that handler rules may run: new, list, check, run.",
        ja="ハンドラールールから実行できる独自のスクリプトを作成、検査、実行します。",
    ),
    "worker": Text(
        en="Run scripts on-premises, beside the systems that they repair.",
        ja="オンプレミスで、修復対象のシステムの近くからスクリプトを実行します。",
    ),
    "ping": Text(
        en="Report how a job outside Google Cloud ended, and run its command if one is given.",
        ja="Google Cloud 外のジョブの結果を報告します。コマンドを指定した場合は実行も行います。",
    ),
    "probe": Text(
        en="Read systems that the function cannot reach, and publish their state: kafka.",
        ja="関数から接続できないシステム (kafka) の状態を読み取り、送信します。",
    ),
    "oncall": Text(en="Show who is on call, and the next handovers.", ja="現在の当番と次の交代を表示します。"),
    "owners": Text(
        en="List the owners of resources, or show who owns a resource or an incident.",
        ja="リソースのオーナーを一覧表示し、リソースやインシデントのオーナーを表示します。",
    ),
    "rules": Text(
        en="Manage detection rules: check, test, explain, list, backtest, stage, compile.",
        ja="検知ルールを検査、テスト、説明、一覧表示、検証、試行、コンパイルします。",
    ),
    "snapshot": Text(
        en="Collect history, and show the collectors: run, list, collectors.",
        ja="コレクターを実行して履歴を収集し、状態を表示します。",
    ),
    "jobs": Text(
        en="Compare jobs with their own past: list, slow, failing, gaps, late, deadlines, costly, show.",
        ja="ジョブの所要時間、失敗、遅延、費用を過去の実績と比較します。",
    ),
    "tables": Text(
        en="List tables that were not updated by their usual time or have an unusual volume.",
        ja="通常の時刻までに更新されていないテーブルと、データ量が通常と異なるテーブルを表示します。",
    ),
    "quality": Text(
        en="Show data quality checks that fail, and the results of one check.",
        ja="データ品質チェックの不合格と、個々の結果を表示します。",
    ),
    "cost": Text(
        en="Show BigQuery cost by user, job, dataset, project or label, and who used the slots while a job waited.",
        ja="BigQuery の費用の内訳と、スロット待ちの原因を表示します。",
    ),
    "report": Text(
        en="Report on a day, a week or any days: print it, write a page, or send it to a channel.",
        ja="1 日、1 週間、または任意の期間のレポートを表示、ページとして保存、またはチャネルに送信します。",
    ),
    "dlq": Text(
        en="Inspect and replay rejected and undelivered messages: list, show, replay.",
        ja="拒否されたメッセージと配信できなかったメッセージを表示、再送します。",
    ),
    "access": Text(
        en="Show who has access to what, since when, and whether they use it.",
        ja="誰が何にいつからアクセスできるか、実際に使っているかを表示します。",
    ),
    "platform": Text(
        en="Draft and check the platform map (intended access).",
        ja="プラットフォームマップ (想定するアクセス権) を作成、検査します。",
    ),
    "db": Text(
        en="Manage the databases: upgrade, check, grant and revoke access.",
        ja="データベースを更新、検査し、アクセス権を付与、取り消します。",
    ),
    "deploy": Text(
        en="Plan a deployment, estimate its cost, write its source.",
        ja="デプロイを計画し、費用を見積もり、ソースを書き出します。",
    ),
    "doctor": Text(
        en="Check an installation and show how to fix each problem.",
        ja="インストール状態を検査し、問題ごとに修正方法を表示します。",
    ),
    "settings": Text(
        en="List every setting with its value and meaning.", ja="すべての設定を、現在の値と意味とともに表示します。"
    ),
    "notify-test": Text(
        en="Send a test notification and show the response.", ja="テスト通知を送信し、応答を表示します。"
    ),
}
