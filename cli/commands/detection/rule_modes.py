"""The commands of `hinomi rules` that switch rules on, off or to staged."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.language import echo, listed
from cli.views import output
from shared import config
from shared.errors import InputError, TransientError
from shared.model import RuleMode
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, Text
from shared.texts.cli.rules import NO_SUCH_RULE
from shared.texts.detection import modes as texts

if TYPE_CHECKING:
    from db.error_db.rules.modes import RuleModeChange, StagedCount

MOST_NAMED = 5

Names = Annotated[list[str], typer.Argument(metavar="RULE...")]
Note = Annotated[str, typer.Option()]
By = Annotated[str | None, typer.Option()]


def enable(names: Names, *, note: Note = "", by: By = None) -> None:
    """Let rules open incidents."""
    _change(names, RuleMode.ENABLED, note, by)


def stage(names: Names, *, note: Note = "", by: By = None) -> None:
    """Record what rules would have found, without incidents, notifications and handler rules."""
    _change(names, RuleMode.STAGED, note, by)


def disable(names: Names, *, note: Note = "", by: By = None) -> None:
    """Switch rules off."""
    _change(names, RuleMode.DISABLED, note, by)


def reset(names: Names, *, note: Note = "", by: By = None) -> None:
    """Set rules back to the mode in their files."""
    _change(names, None, note, by)


def modes_of(specs: Iterable[Mapping[str, Any]]) -> tuple[dict[str, RuleMode], Mapping[str, StagedCount]]:
    """The mode of each compiled rule, and what staged rules would have found, by rule.

    Without an Error DB, or if it does not respond, the modes are those in the files.
    """
    from db.error_db.rules import modes

    changed, counts = dict[str, "RuleModeChange"](), dict[str, "StagedCount"]()
    settings = config.load()
    if _has_error_db(settings):
        try:
            with database.opened(settings) as store, store.reading() as session:
                changed.update(modes.changes(session))
                counts.update(modes.counts(session, datetime.min.replace(tzinfo=UTC)))
        except TransientError as error:
            echo(texts.UNREAD(error=error.full_text), error=True)
    return {spec["name"]: modes.mode_of(spec, changed) for spec in specs}, counts


def staged_text(rule: str, staged: StagedCount | None) -> Text:
    """The incidents that a staged rule would have opened, in one line."""
    if staged is None:
        return texts.OF_RULE(rule=rule, what=texts.NOT_FIRED)
    problems, time = texts.PROBLEMS(count=staged.problems), output.clock(staged.last, output.zone(config.timezone()))
    return texts.OF_RULE(rule=rule, what=texts.STAGED_TIMES(count=staged.findings, problems=problems, time=time))


def _has_error_db(settings: config.Settings) -> bool:
    """Whether the Error DB exists: listing rules must not create a SQLite file."""
    from db.engine import parse_url, sqlite_file

    path = sqlite_file(parse_url(settings.error_db_url))
    return path is None or path.exists()


def _change(names: list[str], mode: RuleMode | None, note: str, by: str | None) -> None:
    from collectors.metrics_analysis.sigma import artifact
    from db.error_db.rules import modes

    settings, now = config.load(), datetime.now(UTC)
    rules = _matching(names, artifact.load(settings.rules_dir))
    with database.opened(settings) as store, store.transaction(now) as transaction:
        modes.change(transaction.session, rules, mode, by=by or getpass.getuser(), note=note, now=now)
    shown = listed([*rules[:MOST_NAMED], *(["…"] if len(rules) > MOST_NAMED else [])])
    echo(texts.CHANGED[mode](count=len(rules), rules=shown))
    if mode in (RuleMode.STAGED, RuleMode.DISABLED):
        echo(texts.OPEN_STAY)


def _matching(names: list[str], made: Mapping[str, Any]) -> list[str]:
    """The rules with these names or patterns. Raises InputError for one that no rule has."""
    defined = sorted(spec["name"] for spec in (*made["rules"], *made["correlations"]) if not spec.get("silent"))
    rules = dict[str, None]()
    for name in names:
        matching = [each for each in defined if fnmatchcase(each, name)]
        if not matching:
            raise InputError(NO_SUCH_RULE(name=name, suggestion=did_you_mean(name, defined) or EMPTY))
        rules.update(dict.fromkeys(matching))
    return list(rules)
