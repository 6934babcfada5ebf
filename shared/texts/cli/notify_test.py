"""Texts of `hinomi notify-test`."""

from __future__ import annotations

from shared.texts import Template

INVALID_LANGUAGE = Template(
    en="--lang is '{value}': give {languages}", ja="--lang の値 '{value}' は無効です: {languages} を指定してください"
)
SEVERAL_NOTIFIERS = Template(
    en="several notifiers are possible: give --notifier, one of {names}",
    ja="通知プラグインの候補が複数あります: --notifier に {names} のいずれかを指定してください",
)
