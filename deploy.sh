#!/usr/bin/env bash
# Installs Hinomi in a Google Cloud project, updates an installation, or removes it.
#
# deploy/plan.yaml is the desired state. `hinomi deploy` compares it with the project; this script shows the plan, asks,
# and runs the gcloud commands. Running it again is safe: resources that match the plan are left alone.
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

# Prints the English or the Japanese text, as HINOMI_LANGUAGE says; %s are the words after them.
text() {
  local chosen=$1
  [[ ${HINOMI_LANGUAGE:-en} != ja ]] || chosen=$2
  # shellcheck disable=SC2059 # the text is the format
  printf -- "$chosen" "${@:3}"
}

usage() {
  if [[ ${HINOMI_LANGUAGE:-en} == ja ]]; then usage_ja; else usage_en; fi
}

usage_en() {
  cat <<'TEXT'
Usage: ./deploy.sh --project ID --region REGION [options]

  --scope SCOPE                 organizations/N, folders/N or projects/A,B; at first the project itself
  --secret VARIABLE=NAME        secret in Secret Manager that functions and scripts get as VARIABLE; may be repeated
  --no-secret VARIABLE          drop a secret of the last deployment; may be repeated
  --database-instance NAME      an existing Cloud SQL for PostgreSQL instance; at first a small one is created
  --alert-email ADDRESS         receives alerts about Hinomi itself; default: the active account, if it is a person's
  --bigquery-history P.DATASET  dataset that the large history tables are copied to; none: no dataset
  --dashboard-access MEMBER     deploys the dashboard and lets this user:, group: or domain: in to it; may be repeated
  --no-dashboard                remove the dashboard of the last deployment
  --settings FILE               HINOMI_NAME=value lines for the functions
  --no-settings                 drop the settings of the last deployment
  --adopt                       manage existing resources that have Hinomi's names
  --log-gib-per-day NUMBER      log volume for the cost estimate; default 1

An option that is not given stays as in the last deployment, secrets included.

  --plan                        show the plan and the estimated cost; change nothing
  --dry-run                     the same, also with --destroy
  --verbose                     show the gcloud commands
  --destroy                     remove what this script created, also with the options of earlier deployments
  --keep-databases              with --destroy: keep the databases (the default)
  --delete-databases            with --destroy: delete them too
  --ignore-unreadable           with --destroy: skip projects, folders and organizations that cannot be read any more
  --yes                         do not ask
TEXT
}

usage_ja() {
  cat <<'TEXT'
使い方: ./deploy.sh --project ID --region REGION [オプション]

  --scope SCOPE                 organizations/N、folders/N、projects/A,B のいずれか。初回の既定値はプロジェクト自身
  --secret VARIABLE=NAME        関数やスクリプトに VARIABLE として渡す Secret Manager のシークレット。複数回指定できます
  --no-secret VARIABLE          前回のデプロイのシークレットを外します。複数回指定できます
  --database-instance NAME      既存の Cloud SQL for PostgreSQL インスタンス。省略すると初回に小さなインスタンスを作成します
  --alert-email ADDRESS         Hinomi 自身のアラートの通知先。既定値は有効なアカウント (個人のアドレスの場合)
  --bigquery-history P.DATASET  履歴の大きなテーブルのコピー先のデータセット。none でコピーなし
  --dashboard-access MEMBER     ダッシュボードをデプロイし、この user:、group:、domain: に公開します。複数回指定できます
  --no-dashboard                前回のデプロイのダッシュボードを削除します
  --settings FILE               関数に渡す設定を HINOMI_NAME=value の形式で並べたファイル
  --no-settings                 前回のデプロイの設定を外します
  --adopt                       同名の既存リソースを Hinomi の管理下に置きます
  --log-gib-per-day NUMBER      費用の見積もりに使うログの量。既定値は 1

省略したオプションは、シークレットも含め、前回のデプロイの値を引き継ぎます。

  --plan                        計画と費用の見積もりを表示します。何も変更しません
  --dry-run                     --plan と同じ。--destroy とも併用できます
  --verbose                     gcloud コマンドを表示します
  --destroy                     このスクリプトが作成したものを削除します。以前のデプロイのオプションによるものも含みます
  --keep-databases              --destroy と併用: データベースを残します (既定)
  --delete-databases            --destroy と併用: データベースも削除します
  --ignore-unreadable           --destroy と併用: 参照できなくなったプロジェクト、フォルダ、組織をスキップします
  --yes                         確認せずに実行します
TEXT
}

fail() {
  printf 'deploy.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

# Puts the value of an option into REPLY; an error names the option. The value of an empty variable is missing:
# in `--project $P --region R` the next option would be the project.
take() {
  [[ $# -ge 2 && -n $2 && $2 != --* ]] || fail "$(text '%s needs a value (see ./deploy.sh --help)' \
    '%s に値を指定してください (./deploy.sh --help を参照)' "$1")" 2
  REPLY=$2
}

# Prints `: did you mean --project?` for a mistyped option: one letter is missing, added or wrong, or two are swapped.
did_you_mean() {
  local option at given=$1
  for option in $(usage_en | sed -n 's/^  \(--[a-z-]*\).*$/\1/p' && printf '%s\n' --project --region); do
    for ((at = 2; at <= ${#option}; at++)); do
      case $given in
        "${option:0:at}${option:at+1}" | "${option:0:at}"?"${option:at}" | "${option:0:at}"?"${option:at+1}" | \
          "${option:0:at}${option:at+1:1}${option:at:1}${option:at+2}")
          text ': did you mean %s?' ': %s ではありませんか?' "$option"
          return
          ;;
      esac
    done
  done
}

project='' region='' scope='' secrets=() instance='' email='' settings='' copy='' no_settings='' adopt='' volume=1
dashboard=()
destroy=no dry=no databases='' ignore='' verbose='' agreed=no

while [[ $# -gt 0 ]]; do
  [[ $1 != --*=* ]] || set -- "${1%%=*}" "${1#*=}" "${@:2}" # --project=P, as gcloud accepts it
  case $1 in
    --project) take "$@" && project=$REPLY && shift 2 ;;
    --region) take "$@" && region=$REPLY && shift 2 ;;
    --scope) take "$@" && scope=$REPLY && shift 2 ;;
    --secret | --no-secret) take "$@" && secrets+=("$1" "$REPLY") && shift 2 ;;
    --database-instance) take "$@" && instance=$REPLY && shift 2 ;;
    --alert-email) take "$@" && email=$REPLY && shift 2 ;;
    --bigquery-history) take "$@" && copy=$REPLY && shift 2 ;;
    --dashboard-access) take "$@" && dashboard+=("$1" "$REPLY") && shift 2 ;;
    --no-dashboard) dashboard+=("$1") && shift ;;
    --settings) take "$@" && settings=$REPLY && shift 2 ;;
    --no-settings) no_settings=$1 && shift ;;
    --adopt) adopt=$1 && shift ;;
    --log-gib-per-day) take "$@" && volume=$REPLY && shift 2 ;;
    --plan | --dry-run) dry=yes && shift ;;
    --destroy) destroy=yes && shift ;;
    --keep-databases) databases='' && shift ;;
    --delete-databases) databases=--databases && shift ;;
    --ignore-unreadable) ignore=--ignore-unreadable && shift ;;
    --verbose) verbose=--verbose && shift ;;
    --yes) agreed=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    *) fail "$(text "unknown option '%s'%s (see ./deploy.sh --help)" \
      "オプション '%s' はありません%s (./deploy.sh --help を参照)" "$1" "$(did_you_mean "$1")")" 2 ;;
  esac
done
missing=''
[[ -n $project ]] || missing=--project
[[ -n $region ]] || missing=${missing:+$missing, }--region
[[ -z $missing ]] || fail "$(text 'missing option: %s (see ./deploy.sh --help)' \
  '次のオプションを指定してください: %s (./deploy.sh --help を参照)' "$missing")" 2
[[ $volume =~ ^[0-9]+([.][0-9]+)?$ ]] || fail "$(text "--log-gib-per-day is '%s': give a number such as 20" \
  "--log-gib-per-day の値 '%s' は無効です。20 のような数値を指定してください" "$volume")" 2
[[ -z $settings || $settings == /* ]] || settings=$caller/$settings

hinomi=${HINOMI:-$PWD/.venv/bin/hinomi}
command -v gcloud >/dev/null || fail "$(text 'gcloud is not installed: %s' 'gcloud がインストールされていません: %s' \
  https://cloud.google.com/sdk/docs/install)"
[[ -x $hinomi ]] || command -v "$hinomi" >/dev/null || fail "$(text 'run "make setup" first' \
  '先に "make setup" を実行してください')"

# gcloud writes the words of each command into a log of its own, those of a --flags-file too: a password among them.
export CLOUDSDK_CORE_DISABLE_PROMPTS=1 CLOUDSDK_CORE_DISABLE_FILE_LOGGING=1
umask 077
folder=${TMPDIR:-/tmp}/hinomi-deploy
for old in "$folder".*.*; do # of a run that was killed outright, perhaps with a password in it
  running=${old#"$folder".}
  [[ ! -O $old ]] || kill -0 "${running%%.*}" 2>/dev/null || rm -rf "$old"
done
work=$(mktemp -d "$folder.$$.XXXXXX")
trap 'rm -rf "$work"' EXIT

# A signal comes through at once because gcloud runs beside this script, which waits for it.
running=''
interrupted() {
  trap '' INT TERM HUP
  [[ -z $running ]] || kill "$running" 2>/dev/null || true
  text '\ndeploy.sh: interrupted. Run the same command again: it continues where it stopped.\n' \
    '\ndeploy.sh: 中断しました。同じコマンドをもう一度実行すると、停止したところから再開します。\n' >&2
  exit "$1"
}
trap 'interrupted 130' INT
trap 'interrupted 143' TERM
trap 'interrupted 129' HUP

if [[ -z $email ]]; then
  email=$(gcloud config get-value core/account 2>/dev/null || true)
  [[ $email != *.gserviceaccount.com ]] || email='' # nobody reads its mail: the address of the last deployment stays
fi
options=(--project "$project" --region "$region")
[[ -z $scope ]] || options+=(--scope "$scope")
((${#secrets[@]} == 0)) || options+=("${secrets[@]}")
[[ -z $instance ]] || options+=(--database-instance "$instance")
[[ -z $email ]] || options+=(--alert-email "$email")
[[ -z $copy ]] || options+=(--bigquery-history "$copy")
[[ -z $settings ]] || options+=(--settings "$settings")

confirm() {
  [[ $agreed == no ]] || return 0
  [[ -t 0 ]] || fail "$(text 'give --yes to run without a terminal' '端末なしで実行するには --yes を指定してください')"
  local answer
  read -r -p "$1 [y/N] " answer
  [[ $answer == [yY]* ]] || fail "$(text 'nothing was changed' '何も変更していません')"
}

# Gives each step on standard input to a function: what, number of words, words, each ended by NUL.
each_step() {
  local what count word
  while IFS= read -r -d '' what && IFS= read -r -d '' count; do
    local words=()
    while ((${#words[@]} < count)); do
      IFS= read -r -d '' word
      words+=("$word")
    done
    "$1" "$what" "${words[@]}"
  done
}

show_command() {
  local words=("$@")
  printf '    gcloud'
  printf ' %.160s' "${words[@]//$'\n'/ }"
  printf '\n'
}

run_step() {
  printf '==> %s\n' "$1"
  [[ -z $verbose ]] || show_command "${@:2}"
  gcloud "${@:2}" >"$work/output" 2>&1 </dev/null 3>&- 4<&- &
  running=$!
  wait "$running" || {
    [[ -n $verbose ]] || show_command "${@:2}" >&2
    cat "$work/output" >&2
    fail "$(text 'failed: %s. Fix the cause, then run the same command again: it continues where it stopped.' \
      '失敗: %s。原因を取り除いて同じコマンドをもう一度実行すると、停止したところから再開します。' "$1")"
  }
  running=''
}

if [[ $destroy == yes ]]; then
  "$hinomi" deploy removal "${options[@]}" --out "$work/steps" ${databases:+"$databases"} ${ignore:+"$ignore"} \
    ${verbose:+"$verbose"}
  [[ -s $work/steps ]] || exit 0
  if [[ -n $databases ]]; then
    text 'The databases are deleted too, with all history.\n' 'データベースも、すべての履歴とともに削除します。\n'
  else
    text 'The databases are kept.\n' 'データベースは残します。\n'
  fi
  [[ $dry == no ]] || exit 0
  confirm "$(text 'Remove Hinomi from %s?' 'プロジェクト %s から Hinomi を削除しますか?' "$project")"
  each_step run_step <"$work/steps"
  exit 0
fi

desired=("${options[@]}")
[[ -z $no_settings ]] || desired+=("$no_settings")
[[ -z $adopt ]] || desired+=("$adopt")
((${#dashboard[@]} == 0)) || desired+=("${dashboard[@]}")
"$hinomi" deploy source .hinomi/source
first=(--out "$work/steps" --work "$work") # the steps of the first phase: reading the project again takes seconds
[[ $dry == no ]] || first=()
"$hinomi" deploy plan "${desired[@]}" --log-gib-per-day "$volume" ${first[@]+"${first[@]}"} ${verbose:+"$verbose"}
[[ -s $work/steps ]] || exit 0
confirm "$(text 'Deploy to %s?' 'プロジェクト %s にデプロイしますか?' "$project")"

# One process plans all phases, since reading the rules takes seconds: it gets each completed phase, and answers with a line
# when the steps of the next one are in the file. It ends with this script, which has the other side of its input.
mkfifo "$work/phases" "$work/answers"
"$hinomi" deploy steps "${desired[@]}" --work "$work" --out "$work/steps" <"$work/phases" >"$work/answers" &
planner=$!
exec 3>"$work/phases" 4<"$work/answers"

phase='' answer=''
while [[ -s $work/steps ]]; do
  {
    IFS= read -r -d '' phase
    each_step run_step
  } <"$work/steps"
  (trap '' PIPE && printf '%s\n' "$phase" >&3) 2>/dev/null || true # the process may have ended, with an error
  IFS= read -r answer <&4 || {
    wait "$planner" || exit
    fail "$(text 'hinomi deploy steps ended without an answer' 'hinomi deploy steps が応答せずに終了しました')"
  }
done
exec 3>&- 4<&-
wait "$planner"
text 'Hinomi is deployed to %s. Check the installation with:\n' \
  'Hinomi をプロジェクト %s にデプロイしました。次のコマンドで確認してください。\n' "$project"
printf '%q doctor --project %q --region %q\n' "$hinomi" "$project" "$region"
