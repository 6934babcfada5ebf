"""Output for people at the terminal, and for programs with `--json`.

Text from a log is untrusted: it is printed only through `clean` (in JSON through `json_text`), so that no escape
sequence, control character or change of text direction reaches the terminal.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.containers import Lines
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cli.language import localize
from cli.printable import clean
from shared import config
from shared.durations import duration_text
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.model import Severity, Status
from shared.records import IncidentView
from shared.texts import Text as Localized
from shared.texts import as_text, times
from shared.texts.cli import point_in_time
from shared.texts.locale import Locale, in_zone
from shared.texts.terms import status_term, term
from shared.texts.wrap import NEVER_FIRST, NEVER_LAST, UNITS

WIDE = 120  # columns from which a table has one column for each fact

SEVERITY_STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFORMATIONAL: "dim",
}
STATUS_STYLES = {Status.OPEN: "bold red", Status.ACKNOWLEDGED: "yellow", Status.RESOLVED: "green"}

# A name and a command in backticks are words; Japanese has no spaces, and its lines may end anywhere.
_WORDS = re.compile(r"[!-_a-~]*`[^`\n]{1,200}`[!-~]*\s*|[!-~]+\s*|[^!-~\s]\s*|\s+")
_NUMBER = re.compile(r"[0-9] $")
# JSON escapes U+0000 to U+001F itself. These can control a terminal too: DEL, C1 and invisible characters.
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


class WholeWordText(Text):
    """A text whose lines end between words in a table, too; Japanese has no spaces, and rich would take it for one word."""

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        """The lines of the text, at most `width` columns wide; a longer word is folded."""
        lines = [hanging(line, 0, width) for line in self.split("\n", allow_blank=True)]
        return Text("\n").join(lines).wrap(console, width, **options)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        measured = super().__rich_measure__(console, options)
        longest = max((cell_len(word) for word in words_of(self.plain)), default=0)
        return Measurement(min(longest, measured.maximum), measured.maximum)


def styled(value: object, style: str = "") -> Text:
    """A table cell or a line: cleaned, and never read as markup."""
    return WholeWordText(clean(value), style=style, overflow="fold")


def prose(sentence: str, style: str = "") -> Text:
    """A stored sentence, cleaned, with its times in the zone of HINOMI_TIMEZONE."""
    return styled(in_local_times(sentence), style)


def in_local_times(sentence: str) -> str:
    """A stored sentence with its times, which are in UTC, in the zone of HINOMI_TIMEZONE, with their seconds if they have some."""
    if "UTC" not in sentence:
        return sentence
    tz = zone(config.timezone())

    def shown(moment: datetime) -> str:
        return clock(moment, tz) if moment.second else f"{in_zone(moment, tz):%Y-%m-%d %H:%M %Z}"

    return Locale(config.language(), config.timezone(), datetime.now(UTC)).with_local_times(sentence, shown)


def styled_lines(lines: Iterable[object], style: str = "") -> Text:
    """A cell of several lines, each cleaned."""
    return Text("\n").join([styled(line, style) for line in lines])


def severity(value: str) -> Text:
    """A severity as text; capitals and colour only add emphasis."""
    name = Severity(value)
    word = str(name) if config.language() == "en" else localize(term(name))
    shown = word.upper() if name.rank >= Severity.HIGH.rank else word
    return Text(shown, style=SEVERITY_STYLES[name])


def status(incident: IncidentView) -> Text:
    """The status of an incident as text; an incident closed after a quiet period is not green."""
    style = "dim" if incident.is_closed else STATUS_STYLES[incident.status]
    return Text(localize(status_term(incident)), style=style)


class WholeWordConsole(Console):
    """A console that breaks the lines of a text only between words: neither in a name nor in a command in backticks."""

    def on_broken_pipe(self) -> None:
        """Leaves a closed output (`| head`) to `cli.app`: rich would exit with 1, the code of a failed check."""
        raise BrokenPipeError

    def print(self, *objects: Any, soft_wrap: bool | None = None, **options: Any) -> None:
        """Prints objects as rich does, and a single text in lines of whole words."""
        if len(objects) != 1 or not isinstance(objects[0], str | Text) or soft_wrap:
            super().print(*objects, soft_wrap=soft_wrap, **options)
            return
        text = objects[0] if isinstance(objects[0], Text) else Text(objects[0])
        lines = [hanging(line, 0, self.width) for line in text.split("\n", allow_blank=True)]
        super().print(Text("\n").join(lines), soft_wrap=True, **options)


def console() -> Console:
    """Standard output. Without a terminal it has neither colour nor animation."""
    return WholeWordConsole(highlight=False, markup=False, emoji=False)


def error_console() -> Console:
    """Standard error, for progress and warnings."""
    return WholeWordConsole(stderr=True, highlight=False, markup=False, emoji=False)


def print_text(console: Console, text: Localized, style: str = "", *, indent: int = 0) -> None:
    """Prints sentences wrapped at the width of the console; all lines after the first are indented by `indent` columns.

    Names and commands in backticks are not broken; Japanese lines may break anywhere.
    """
    from shared.texts.wrap import wrapped

    for paragraph in localize(text).split("\n"):
        first, *rest = wrapped(clean(paragraph), console.width - indent)
        lines = [first, *(" " * indent + line for line in rest)]
        console.print(Text("\n".join(lines), style=style), soft_wrap=True)


def table(
    columns: Sequence[str | Localized],
    *,
    right: Iterable[str | Localized] = (),
    ratios: Mapping[Any, int] | None = None,
) -> Table:
    """An empty table with a line under its header.

    `right` names the columns with numbers, `ratios` the columns that share the remaining width of the terminal.
    """
    from rich.box import SIMPLE_HEAD

    made = Table(box=SIMPLE_HEAD, pad_edge=False, expand=bool(ratios))
    numbers = list(right)
    for name in columns:
        number = name in numbers
        ratio = (ratios or {}).get(name)
        justify: Literal["right", "left"] = "right" if number else "left"
        made.add_column(
            localize(as_text(name)), justify=justify, no_wrap=number, overflow="fold", header_style="bold", ratio=ratio
        )
    return made


@dataclass(frozen=True, slots=True)
class ShellCommands:
    """Commands that a person may copy: each is printed on one line, however long it is."""

    commands: Sequence[str]


def print_details(console: Console, pairs: Iterable[tuple[str | Localized, object]], *, indent: int = 0) -> None:
    """Prints names and values, one pair per line; empty values are left out.

    Neither a word of a value nor a shell command is broken, so that names and commands can be copied.
    """
    _print_pairs(console, ((localize(as_text(name)), value) for name, value in pairs), "bold", indent)


def print_facts(console: Console, facts: Mapping[str, Text], *, skip: int = 0) -> None:
    """Prints names and values, one pair per line, indented, without the first `skip` pairs and without empty values.

    No word of a value is broken, so that names can be copied.
    """
    _print_pairs(console, list(facts.items())[skip:], "dim", 2)


def _print_pairs(console: Console, pairs: Iterable[tuple[str, object]], style: str, indent: int) -> None:
    shown = [(name, value) for name, value in pairs if value not in (None, "", Text())]
    columns = max((cell_len(name) for name, _ in shown), default=0)
    for name, value in shown:
        head = Text.assemble(" " * indent, (name + " " * (columns - cell_len(name)), style), "  ")
        for line in _lines(value):
            whole = Text.assemble(head, line)
            is_command = isinstance(value, ShellCommands)
            console.print(whole if is_command else hanging(whole, cell_len(head.plain), console.width), soft_wrap=True)
            head = Text(" " * cell_len(head.plain))


def _lines(value: object) -> Sequence[Text]:
    if isinstance(value, ShellCommands):
        return [styled(command) for command in value.commands]
    return list((value if isinstance(value, Text) else styled(value)).split("\n", allow_blank=True))


def print_indented(console: Console, text: Text, indent: int) -> None:
    """Prints a text with each of its lines indented; no word is broken."""
    console.print(hanging(Text(" " * indent).append_text(text), indent, console.width), soft_wrap=True)


def hanging(text: Text, indent: int, width: int) -> Text:
    """`text` in lines of at most `width` columns; all lines after the first are indented by `indent` columns.

    A line is indented less if its first word would not fit; a word longer than a line is not broken.
    """
    breaks: list[int] = []
    indents: list[int] = []
    column = begin = 0
    for start, word in _words(text.plain):
        columns = cell_len(word.rstrip())
        if column > begin and column + columns > width:
            column = begin = min(indent, max(width - columns, 0))
            breaks.append(start)
            indents.append(begin)
        column += cell_len(word)
    lines = text.divide(breaks)
    for line in lines:
        line.rstrip()
    below = (Text(" " * columns).append_text(line) for columns, line in zip(indents, lines[1:], strict=True))
    return Text("\n").join([lines[0], *below])


def words_of(text: str) -> Iterator[str]:
    """The parts of a text between which a line may end."""
    return (word.rstrip() for _, word in _words(text))


def _words(text: str) -> Iterator[tuple[int, str]]:
    """The words with their places and the spaces after them: a Japanese character with its signs, a number with its unit."""
    start, word = 0, ""
    for match in _WORDS.finditer(text):
        if word and not _stay_together(word, match[0]):
            yield start, word
            start, word = match.start(), ""
        word += match[0]
    if word:
        yield start, word


def _stay_together(word: str, following: str) -> bool:
    if word[-1] in NEVER_LAST or (following[0] in NEVER_FIRST and not word[-1].isspace()):
        return True
    return bool(_NUMBER.search(word)) and following[0] in UNITS


def folded(text: object, columns: int, *, first: str = "", rest: str = "") -> str:
    """`text`, cleaned, on lines of at most `width` columns that begin with `first` and then `rest`; no name is cut."""
    from shared.texts.wrap import width, wrapped

    head, *lines = wrapped(clean(text), columns - max(width(first), width(rest)))
    return "\n".join([first + head, *(rest + line for line in lines)])


def zone(name: str) -> ZoneInfo:
    """The time zone of HINOMI_TIMEZONE. Raises InputError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(point_in_time.INVALID_ZONE(name=name)) from error


def clock(time: datetime, tz: ZoneInfo) -> str:
    """A time to the second with its zone, such as `2026-11-23 06:08:25 UTC`."""
    return in_zone(time, tz).strftime("%Y-%m-%d %H:%M:%S %Z")


def ago(time: datetime, now: datetime) -> str:
    """The time before `now`, such as `12 min ago`; the date if it is more than two weeks.

    A time ahead is rounded: what ends in almost seven days ends `in 7 d`.
    """
    seconds = (now - time).total_seconds()
    if seconds < -60:
        unit = next(size for size in (86400, 3600, 60) if -seconds >= size)
        return localize(times.AHEAD(duration=short_duration(round(-seconds / unit) * unit)))
    if seconds < 60:
        return localize(times.NOW)
    if seconds < 14 * 86400:
        return localize(times.AGO(duration=short_duration(seconds)))
    return in_zone(time, zone(config.timezone())).strftime("%Y-%m-%d")


def short_duration(seconds: float) -> Localized:
    """A duration in one unit, such as `12 min`."""
    return duration_text(int(seconds), units=1)


def plural(count: int, noun: str) -> str:
    """`1 entry`, `2 entries`, `0 days`, `1,000 rules`, `3 matches`; of several words the last one changes."""
    return f"{count:,} {noun if count == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in ("a", "e", "o", "u"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def json_text(value: Any, *, indent: int | None = None) -> str:
    """`value` as JSON that is safe to print: control characters are escaped, and the value stays the same."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def emit_json(value: Any) -> None:
    """Writes a JSON document to standard output: an array for a list, an object for a single item."""
    sys.stdout.write(json_text(value, indent=2) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (Path, set, frozenset)):
        return str(value) if isinstance(value, Path) else sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
