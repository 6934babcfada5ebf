"""Texts of `hinomi notify-test`."""

from __future__ import annotations

from shared.texts import Template

INVALID_LANGUAGE = Template(
    en="--lang is '{value}': give {languages}", ja="--lang の値 '{value}' は無効です: {languages} を指定してください"
)
NO_NOTIFIER = Template(
    en="no notifier is configured: set its variables (`hinomi settings` lists them), or use --notifier, one of {names}",
    ja="通知プラグインが設定されていません。変数を設定するか (一覧: `hinomi settings`)、--notifier に {names} の"
    "いずれかを指定してください",
)
SEVERAL_NOTIFIERS = Template(
    en="several notifiers are configured: use --notifier, one of {names}",
    ja="通知プラグインが複数設定されています。--notifier に {names} のいずれかを指定してください",
)
NOT_SET = Template(
    en="not set: {names} (`hinomi handlers reference {notifier}` describes the settings)",
    ja="未設定: {names} (設定の説明: `hinomi handlers reference {notifier}`)",
)
NO_CHANNEL = Template(
    en="the channel '{name}' is not set up ({variable}){suggestion}",
    ja="チャネル '{name}' は設定されていません ({variable}){suggestion}",
)
CHANNELS = Template(en=": use {names}, or set the variable", ja=": {names} を指定するか、変数を設定してください")
TRIED = Template(
    en="{channel} was broken: Hinomi retries it within a minute and sends the waiting notifications.",
    ja="{channel} は不通になっていました。1 分以内に再試行し、保留中の通知を送信します。",
)
WORKS = Template(
    en="{channel} was broken and counts as working again; no notifications wait for it.",
    ja="{channel} は不通になっていましたが、復旧として記録しました。保留中の通知はありません。",
)
NOT_TRIED = Template(
    en="Could not check whether notifications wait for this channel: {error}",
    ja="保留中の通知の有無を確認できませんでした: {error}",
)
