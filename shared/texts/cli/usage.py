"""Headings of help pages, and messages about invalid arguments."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts import Template, Text

USAGE = Template(en="Usage: {usage}", ja="使い方: {usage}")
ARGUMENTS = Text(en="Arguments:", ja="引数:")
OPTIONS = Text(en="Options:", ja="オプション:")
COMMANDS = Text(en="Commands:", ja="コマンド:")
EXAMPLES = Text(en="Examples:", ja="例:")
DEFAULT = Template(en="default: {value}", ja="既定値: {value}")
REQUIRED = Text(en="required", ja="必須")

ABORTED = Text(en="aborted", ja="中断しました")
SEE_HELP = Template(en="{message} (see '{command} --help')", ja="{message} ('{command} --help' を参照)")
NO_COMMAND = Template(en="no command '{name}'{suggestion}", ja="コマンド '{name}' はありません{suggestion}")
NO_OPTION = Template(en="no option '{name}'{suggestion}", ja="オプション '{name}' はありません{suggestion}")
MISSING_ARGUMENT = Template(en="missing argument {name}", ja="引数 {name} がありません")
MISSING_OPTION = Template(en="missing option {name}", ja="オプション {name} がありません")
EXTRA_ARGUMENT = Template(en="unexpected argument '{words}'", ja="引数 '{words}' は指定できません")
NO_VALUE = Template(en="option '{name}' requires an argument", ja="オプション '{name}' には値が必要です")
INVALID_CHOICE = Template(
    en="invalid value '{value}' for {name}{suggestion}", ja="{name} の値 '{value}' は無効です{suggestion}"
)
USE_ONE_OF = Template(en=": use {choices}", ja=": {choices} のいずれかを指定してください")
INVALID_VALUE = Template(en="invalid value for {name}: {reason}", ja="{name} の値が無効です: {reason}")
NOT_LENGTHS: Mapping[str, Text] = {  # by metavar of the option
    "DAYS": Text(
        en="use a number of days, or a duration of whole days such as 7d or 2w",
        ja="日数か、7d や 2w のような日単位の期間を指定してください",
    ),
    "SECONDS": Text(
        en="use a number of seconds, or a duration such as 30s or 1m",
        ja="秒数か、30s や 1m のような期間を指定してください",
    ),
}

# Our sentence for each message of pydantic and typer about a value; numbers are taken from the message.
REASONS: Mapping[str, Template | Text] = {
    r"input should be greater than or equal to (?P<limit>\S+)": Template(
        en="use {limit} or more", ja="{limit} 以上を指定してください"
    ),
    r"input should be less than or equal to (?P<limit>\S+)": Template(
        en="use {limit} or less", ja="{limit} 以下を指定してください"
    ),
    r"input should be a valid integer": Text(en="use a whole number", ja="整数を指定してください"),
    r"input should be a valid number": Text(en="use a number", ja="数値を指定してください"),
}
