"""Errors about invalid options, and about projects that cannot be read."""

from __future__ import annotations

from shared.texts import Template, Text

# The project.
NO_ACCOUNT = Template(
    en="gcloud has no active account, or cannot use it: run `gcloud auth login` ({reason})",
    ja="gcloud に有効なアカウントがないか、使用できません。`gcloud auth login` を実行してください ({reason})",
)
NO_CREDENTIALS = Template(
    en="no Google credentials: install gcloud and run `gcloud auth login` ({reason})",
    ja="Google の認証情報がありません。gcloud をインストールし、`gcloud auth login` を実行してください ({reason})",
)
NO_DATASET = Template(
    en="no dataset {name}, or you lack permission to read it: create it, for example with `{command}`",
    ja="データセット {name} が存在しないか、参照する権限がありません。`{command}` などで作成してください",
)
NO_PROJECT = Template(
    en="project {project} does not exist, or you have no access to it: `gcloud projects list` lists your projects",
    ja="プロジェクト {project} が存在しないか、参照する権限がありません。参照できるプロジェクトは `gcloud projects list` で確認できます",
)
NOT_FOUND = Template(
    en="{resource} does not exist, or you lack permission to read it",
    ja="{resource} が存在しないか、参照する権限がありません",
)
PROJECT_STATE = Template(
    en="project {project} is {state}: `{command}` restores it",
    ja="プロジェクト {project} の状態は {state} です。`{command}` で復元できます",
)
NO_ORGANIZATION = Template(en="{folder} has no organization above it", ja="{folder} の上位に組織がありません")
PARTIAL = Template(
    en="{api} returned only some of the {items}: try again",
    ja="{api} から {items} の一部しか取得できません。再試行してください",
)
UNREACHABLE_LOCATIONS = Template(
    en="{api} cannot list the {items} of {locations}: try again",
    ja="{api} から {locations} の {items} を取得できません。再試行してください",
)
TOO_MANY_PAGES = Template(
    en="{api} returns more than {pages} pages of {items}", ja="{api} の {items} が {pages} ページを超えています"
)
UNREACHABLE = Template(en="{api} cannot be reached: {error}", ja="{api} に接続できません: {error}")
UNAVAILABLE = Template(en="{api} returned {status}: try again", ja="{api} の応答は {status} です。再試行してください")
REFUSED = Template(en="{api} rejected {call}: {reason}", ja="{api} が {call} を拒否しました: {reason}")
NO_JSON = Template(
    en="the response of {api} to {call} is not JSON: try again",
    ja="{api} の {call} の応答が JSON ではありません。再試行してください",
)
API_DISABLED = Template(
    en="{api} is not enabled in {project}, the quota project of your credentials",
    ja="認証情報の割り当てプロジェクト {project} で {api} が有効になっていません",
)
NO_RECORD = Text(
    en="the installation does not record its options: run deploy.sh again",
    ja="デプロイ済みの関数にオプションの記録がありません。deploy.sh をもう一度実行してください",
)

# Options.
INVALID_OPTION = Template(
    en="{option} is '{value}': use a value such as {example}",
    ja="{option} の値 '{value}' は無効です。{example} のように指定してください",
)
INVALID_SCOPE = Template(
    en="--scope is '{value}': use organizations/NUMBER, folders/NUMBER or projects/ID,ID",
    ja="--scope の値 '{value}' は無効です。organizations/NUMBER、folders/NUMBER、projects/ID,ID のいずれかを指定してください",
)
NO_REGION = Template(
    en="--region is '{region}': functions are available in {regions}",
    ja="--region の値 '{region}' では関数を利用できません。利用できるリージョン: {regions}",
)
NO_SCOPE = Template(
    en="--scope names {scope}: it does not exist, or you lack permission to read it",
    ja="--scope の {scope} が存在しないか、参照する権限がありません",
)
NO_SECRET = Template(
    en="no secret {name} for {variable}: create it with `{command}`",
    ja="{variable} 用のシークレット {name} がありません。`{command}` で作成してください",
)
OWN_TOPIC = Template(
    en="{variables} is {topic}, a topic of Hinomi: each notification would come back as a message. Use another topic",
    ja="{variables} の {topic} は Hinomi 自身のトピックです。通知がメッセージとして戻ってくるため、別のトピックを指定してください",
)
UNMANAGED = Template(
    en="these resources have Hinomi's names, but deploy.sh did not create them: {names}. Use another project, remove them, or use --adopt: then they are changed as planned, and removed with --destroy",
    ja="Hinomi と同名ですが deploy.sh で作成されていないリソースがあります: {names}。別のプロジェクトを使うか、削除するか、"
    "--adopt を指定してください (計画どおりに変更され、--destroy で削除されます)",
)
NO_INSTANCE = Template(
    en="no Cloud SQL instance {name}: leave out --database-instance to create one",
    ja="Cloud SQL インスタンス {name} がありません。作成する場合は --database-instance を省いてください",
)
SECRET_FORM = Template(
    en="--secret is '{value}': use VARIABLE=NAME, such as HINOMI_TEAMS_WEBHOOK_URL=hinomi-teams-webhook-url",
    ja="--secret の値 '{value}' は無効です。VARIABLE=NAME の形式 (例: HINOMI_TEAMS_WEBHOOK_URL=hinomi-teams-webhook-url) で指定してください",
)
SECRET_TWICE = Template(
    en="{variable} appears twice in --secret or --no-secret",
    ja="{variable} が --secret または --no-secret で 2 回指定されています",
)
UNKNOWN_SECRET = Template(
    en="no plug-in, connection or script reads {variable}: --secret takes {names}",
    ja="{variable} を読み取るプラグイン、接続、スクリプトのいずれもありません。--secret に指定できるもの: {names}",
)
NO_SECRET_VARIABLE = Template(
    en="{variable} is not a secret: write it into the file of --settings",
    ja="{variable} はシークレットではありません。--settings のファイルに記述してください",
)

# The file of --settings.
CANNOT_BE_READ = Template(en="cannot be read: {error}", ja="読み取れません: {error}")
SETTING_FORM = Text(en="write HINOMI_NAME=value", ja="HINOMI_NAME=値 の形式で記述してください")
SET_BY_DEPLOYMENT = Template(
    en="deploy.sh sets {name} itself: remove the line", ja="{name} は deploy.sh が設定します。この行を削除してください"
)
SECRET_IN_SETTINGS = Template(
    en="{name} is a secret, and everybody who may view the functions can read settings. "
    "Store it in Secret Manager:\n{commands}",
    ja="{name} はシークレットですが、設定は関数を閲覧できる全員が読み取れます。"
    "Secret Manager に保存してください:\n{commands}",
)
PASSWORD_IN_SETTINGS = Template(
    en="{name} contains a password, and everybody who may view the functions can read settings: remove the password",
    ja="{name} にパスワードが含まれていますが、設定は関数を閲覧できる全員が読み取れます。削除してください",
)
PASSWORD_BESIDE_SECRET = Template(
    en="{name} contains a password, and everybody who may view the functions can read settings. Remove it; "
    "{secret} is the variable for it, stored in Secret Manager:\n{commands}",
    ja="{name} にパスワードが含まれていますが、設定は関数を閲覧できる全員が読み取れます。削除し、"
    "{secret} として Secret Manager に保存してください:\n{commands}",
)
NO_SETTING = Template(en="no setting {name}{suggestion}", ja="設定 {name} はありません{suggestion}")
ALL_SETTINGS = Text(en=" (docs/settings.md lists all)", ja=" (一覧は docs/settings.md を参照)")

# The source.
OTHER_CONTENT = Text(
    en="the folder contains other files: choose a new folder",
    ja="このフォルダには別の内容が入っています。新しいフォルダを指定してください",
)
PLUGIN_NAMES = Template(
    en="two plug-ins have the same name: {names}", ja="同じ名前のプラグインが 2 つあります: {names}"
)
INCOMPLETE_PLUGIN = Template(
    en="the plug-in '{name}' of {package} is not complete: {problems}",
    ja="{package} のプラグイン '{name}' が不完全です: {problems}",
)
NOT_INSTALLED = Template(
    en="{package} requires {name}, which is not installed",
    ja="{package} に必要な {name} がインストールされていません",
)
EDITABLE = Template(
    en="{package} is installed in editable mode: install it with `pip install PATH`",
    ja="{package} が編集可能モードでインストールされています。`pip install PATH` でインストールしてください",
)
COMPILED = Template(
    en="{package} has compiled code ({file}), which may not run in a function",
    ja="{package} にはコンパイル済みコード ({file}) が含まれ、関数で動作しない可能性があります",
)
SAME_FILE = Template(
    en="{package} has a file {file}, which Hinomi or another package also has",
    ja="{package} のファイル {file} は、Hinomi または別のパッケージと重複しています",
)
INVALID_SETTING = Template(en="{name} is invalid: {reason}", ja="{name} の値が無効です: {reason}")
