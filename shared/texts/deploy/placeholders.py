"""Texts for parts of a command that an earlier step of the deployment determines. Plans contain the English text."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

LATER = Template(en="(known later: {value})", ja="(後で決まる値: {value})")
EMAIL_CHANNEL = Text(en="the e-mail channel", ja="メール通知チャネル")
FILE = Template(en="a file with the {content}", ja="{content}を書いたファイル")
CONTENTS: Mapping[str, Text] = {
    "flags": Text(en="flags", ja="フラグ"),
    "password": Text(en="password", ja="パスワード"),
}
URL = Template(en="the URL of {target}", ja="{target} の URL")
WRITER = Template(en="the writer identity of {sink} in {parent}", ja="{sink} ({parent}) の書き込み ID")
MARK = Text(en="the id of this run", ja="この実行の識別子")
ORGANIZATION = Template(en="the organization of {folder}", ja="{folder} の組織")
