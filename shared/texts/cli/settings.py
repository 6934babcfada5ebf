"""Texts of `hinomi settings`."""

from __future__ import annotations

from shared.texts import Text

UNKNOWN = Text(en="Unknown: no part of Hinomi reads this variable.", ja="不明: この変数を読み取る機能はありません。")
EMPTY_VALUE = Text(en="(empty)", ja="(空)")
