"""The help pages of `--help`: one module for each command of `hinomi`, imported when its help is requested.

A module has PAGES: a page for each command by the rest of its path, such as `list` for `hinomi incidents list`, and an
empty path for the group or the single command itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from shared.lazy.dataclass import dataclass
from shared.texts import Text


@dataclass(frozen=True, slots=True)
class Example:
    """A command line as a user would type it, and a sentence about its effect."""

    command: str
    text: Text


@dataclass(frozen=True, slots=True)
class HelpPage:
    """The help of a command: a sentence, details where needed, the parameters by name, and examples."""

    summary: Text
    details: Text | None = None
    parameters: Mapping[str, Text] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()


# Options that mean the same in every command; a command's own text goes before them.
COMMON: Mapping[str, Text] = {
    "as_json": Text(en="Print JSON.", ja="JSON で出力します。"),
    "help": Text(en="Show this help and exit.", ja="このヘルプを表示して終了します。"),
    "install_completion": Text(
        en="Install completion for the current shell.", ja="使用中のシェルに補完機能をインストールします。"
    ),
    "show_completion": Text(
        en="Print the completion script of the current shell.", ja="使用中のシェル用の補完スクリプトを表示します。"
    ),
}
