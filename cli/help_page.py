"""Help pages: the usage of a command, its help from the catalogue, its parameters, its commands, and examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from importlib import import_module
from typing import Any

from cli.language import localize
from shared.texts import Text
from shared.texts.cli import usage
from shared.texts.help import COMMON, Example, HelpPage
from shared.texts.wrap import width, wrapped

NARROWEST, WIDEST = 60, 120  # columns
TERM_COLUMNS = 30  # a longer term has its text on the next line
GROUP_EXAMPLES = 2
VALUES = {"int": "NUMBER", "float": "NUMBER", "path": "PATH", "file": "FILE", "directory": "FOLDER"}

Row = tuple[str, str]


def page_of(path: Sequence[str]) -> HelpPage:
    """The page of the command at a path, such as `incidents`, `list`; an empty page if there is none."""
    name = path[0].replace("-", "_") if path else "hinomi"
    try:
        pages: Mapping[str, HelpPage] = import_module(f"shared.texts.help.{name}").PAGES
    except ImportError:
        pages = {}
    return pages.get(" ".join(path[1:])) or HelpPage(summary=Text.verbatim(""))


def path_of(ctx: Any) -> list[str]:
    """The words of the command after `hinomi`."""
    return str(ctx.command_path).split()[1:]


def help_page(command: Any, ctx: Any, columns: int) -> str:
    """The whole page, in the language of the command line and at most `width` columns wide."""
    columns = max(NARROWEST, min(columns, WIDEST))
    page = page_of(path_of(ctx))
    sections = [
        _paragraphs(page, columns),
        *_section(usage.ARGUMENTS, _parameters(command, ctx, page, "argument"), columns),
        *_section(usage.OPTIONS, _parameters(command, ctx, page, "option"), columns),
        *_section(usage.COMMANDS, _commands(command, ctx), columns),
        *_examples(_shown_examples(command, ctx, page), columns),
    ]
    return "\n\n".join([localize(usage.USAGE(usage=_usage(command, ctx))), *filter(None, sections)]) + "\n"


def parameter_text(page: HelpPage, name: str) -> str:
    """The meaning of a parameter, from this page or from the common ones."""
    return localize(page.parameters.get(name) or COMMON.get(name) or Text.verbatim(""))


def _usage(command: Any, ctx: Any) -> str:
    """`hinomi incidents show [OPTIONS] ID`."""
    names = []
    for parameter in command.params:
        if parameter.param_type_name == "argument" and not parameter.hidden:
            name = argument_name(parameter)
            names.append(name if parameter.required else f"[{name}]")
    below = ["COMMAND", "[ARGS]..."] if hasattr(command, "list_commands") else []
    return " ".join([ctx.command_path, "[OPTIONS]", *names, *below])


def argument_name(parameter: Any) -> str:
    """The name of an argument, such as `FILES...` for any number, or `[RULE] FILE...` for two arguments in one."""
    name = str(parameter.metavar or parameter.name.upper()).rstrip(".…")
    name = name if " " in name else name.strip("[]{}")
    return f"{name}..." if parameter.nargs == -1 else name


def _paragraphs(page: HelpPage, columns: int) -> str:
    texts = [localize(text) for text in (page.summary, page.details) if text]
    paragraphs = [paragraph for text in texts for paragraph in text.split("\n\n")]
    return "\n\n".join("\n".join(f"  {line}" for line in wrapped(text, columns - 2)) for text in paragraphs)


def _section(title: Text, rows: Iterable[Row], columns: int) -> Iterator[str]:
    entries = list(rows)
    if entries:
        yield "\n".join([localize(title), *_lines(entries, columns)])


def _lines(rows: Sequence[Row], columns: int) -> Iterator[str]:
    """Terms on the left, their texts on the right, aligned by the longest term that fits."""
    left = max((width(term) for term, _ in rows if width(term) <= TERM_COLUMNS), default=TERM_COLUMNS) + 4
    for term, text in rows:
        lines = wrapped(text, columns - left) if text else [""]
        if width(term) > TERM_COLUMNS:
            yield from (f"  {line}" for line in _term_lines(term, columns - 2))
        else:
            first = lines.pop(0)
            yield f"  {term}{' ' * (left - 2 - width(term))}{first}".rstrip()
        yield from (f"{' ' * left}{line}" for line in lines)


def _term_lines(term: str, columns: int) -> Iterator[str]:
    """A term such as `--on <opened|resolved>`, broken after a `|` where it is too long."""
    line, *others = term.split("|")
    for other in others:
        if len(line) + len(other) + 2 > columns:
            yield f"{line}|"
            line = f"      {other}"
        else:
            line = f"{line}|{other}"
    yield line


def _parameters(command: Any, ctx: Any, page: HelpPage, kind: str) -> Iterator[Row]:
    for parameter in command.get_params(ctx):
        if parameter.param_type_name == kind and not parameter.hidden:
            text = f"{parameter_text(page, parameter.name)}  {_facts(parameter)}".strip()
            yield _term(parameter, ctx), text


def _term(parameter: Any, ctx: Any) -> str:
    """`--since TEXT`, `--status open|acknowledged`, `--json`; for an argument its name in the usage line."""
    if parameter.param_type_name == "argument":
        return argument_name(parameter)
    names = ", ".join(sorted(parameter.opts, key=len))
    if parameter.secondary_opts:
        names += f" / {', '.join(parameter.secondary_opts)}"
    return names if parameter.is_flag else f"{names} {_value(parameter, ctx)}"


def _value(parameter: Any, ctx: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    kind = str(parameter.display_type(ctx)).strip("<>").removeprefix("list[").removesuffix("]")
    return f"<{kind}>" if "|" in kind else VALUES.get(kind.removesuffix(" range"), "TEXT")


def _facts(parameter: Any) -> str:
    """`[default: 50; 1–10000]`, `[required]`, or nothing."""
    facts = [_default(parameter), _range(parameter), localize(usage.REQUIRED) if parameter.required else ""]
    shown = [fact for fact in facts if fact]
    return f"[{'; '.join(shown)}]" if shown else ""


def _default(parameter: Any) -> str:
    value = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
    if not parameter.show_default or value is None or isinstance(value, bool) or callable(value) or value == "":
        return ""
    values = value if isinstance(value, list | tuple) else [value]
    shown = ", ".join(str(each.value if isinstance(each, Enum) else each) for each in values)
    return localize(usage.DEFAULT(value=shown)) if shown else ""


def _range(parameter: Any) -> str:
    least, most = getattr(parameter, "min", None), getattr(parameter, "max", None)
    if least is None and most is None:
        return ""
    return f"≥ {least}" if most is None else f"≤ {most}" if least is None else f"{least}–{most}"


def _commands(command: Any, ctx: Any) -> Iterator[Row]:
    """The visible commands of a group, each with its sentence."""
    if not hasattr(command, "list_commands"):
        return
    for name in command.list_commands(ctx):
        subcommand = command.get_command(ctx, name)
        if subcommand and not subcommand.hidden:
            yield name, command_text([*path_of(ctx), name])


def command_text(path: Sequence[str]) -> str:
    """The summary of a command; for a command of `hinomi` itself, without importing its page."""
    if len(path) == 1:
        from shared.texts.help.hinomi import COMMANDS

        return localize(COMMANDS.get(path[0]) or Text.verbatim(""))
    return localize(page_of(path).summary)


def _shown_examples(command: Any, ctx: Any, page: HelpPage) -> Sequence[Example]:
    """The examples of a command; for a group without its own, the shortest one of each of its first commands."""
    if page.examples or not hasattr(command, "list_commands"):
        return page.examples
    pages = (page_of([*path_of(ctx), name]) for name in command.list_commands(ctx))
    return [min(page.examples, key=lambda example: len(example.command)) for page in pages if page.examples][
        :GROUP_EXAMPLES
    ]


def _examples(examples: Sequence[Example], columns: int) -> Iterator[str]:
    if not examples:
        return
    lines = [localize(usage.EXAMPLES)]
    for example in examples:
        lines.append(f"  {example.command}")
        lines += [f"      {line}" for line in wrapped(localize(example.text), columns - 6)]
    yield "\n".join(lines)
