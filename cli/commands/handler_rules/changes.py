"""The commands of `hinomi handlers` that change rules, and their history."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cli import database, editor
from cli.language import echo, localize
from cli.views import output
from shared import config
from shared.errors import InputError, messages
from shared.suggestions import nearest, question
from shared.texts.cli import handler_changes as texts
from shared.texts.cli.rules import CANNOT_BE_WRITTEN

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from handlers.read import RuleFile
    from handlers.versions.apply import FilePlan, StoredRuleSet
    from handlers.versions.changes import RuleChange
    from shared.records import RuleVersion, StoredRule

VERSIONS_READ = 500  # for who changed a rule last

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json")]
Fields = Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE")]
Names = Annotated[list[str], typer.Argument(metavar="RULE...")]
Note = Annotated[str, typer.Option()]
By = Annotated[str | None, typer.Option()]
Yes = Annotated[bool, typer.Option("--yes", "-y")]
Overwrite = Annotated[bool, typer.Option("--overwrite")]
VersionNumber = Annotated[int, typer.Argument(min=1, max=database.MAX_ID, metavar="VERSION")]


def plan(
    file: Annotated[Path | None, typer.Argument()] = None, *, overwrite: Overwrite = False, as_json: AsJson = False
) -> None:
    """Show the changes that applying a file of handler rules would make, and the rules that it would keep.

    Changes nothing.
    """
    from handlers.versions.apply import plan_file

    settings = config.load()
    read = read_rule_file(file or settings.rules_dir / "handlers.yaml")
    with database.opened(settings) as store, store.reading() as session:
        planned = plan_file(session, rule_set(read), overwrite=overwrite)
        if as_json:
            kept = {"kept": dict(planned.kept), "kept_shared": list(planned.kept_blocks)}
            output.emit_json({"changes": list(planned.changes), **kept})
            return
        show_plan(planned, settings, session, would_be=True)


def show_plan(planned: FilePlan, settings: config.Settings, session: Session, *, would_be: bool) -> bool:
    """Prints what applying the file changes and keeps; returns whether it replaces stored rotations or owners."""
    from cli.views.handler_changes import print_broken_chains, print_changes, print_kept, print_shared
    from db.error_db import handler_rules
    from handlers.versions.apply import defaults_of

    kept = planned.kept or planned.kept_blocks
    versions = handler_rules.versions(session, limit=VERSIONS_READ) if kept else []
    print_changes(planned.changes, planned.defaults, would_be=would_be)
    print_kept(planned.kept, planned.kept_blocks, versions, output.zone(settings.timezone))
    print_broken_chains(planned.rules)
    before = defaults_of(session)
    differs = print_shared(before, planned.defaults)
    if would_be and not planned.changes and not differs:
        echo(texts.NOTHING_CHANGED)
    return differs and bool(before)


def export(*, out: Annotated[Path | None, typer.Option("--out", show_default=False)] = None) -> None:
    """Print the stored handler rules as the text of handlers.yaml."""
    from db.error_db import handler_rules
    from handlers.editing.written import file_text
    from handlers.versions.apply import defaults_of

    with database.opened(config.load()) as store, store.reading() as session:
        text = file_text(handler_rules.states(session), defaults_of(session))
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(CANNOT_BE_WRITTEN(error=error.strerror or ""), file=out) from error


def add(
    name: Annotated[str, typer.Argument(metavar="RULE")],
    *,
    fields: Fields = None,
    before: Annotated[str | None, typer.Option(metavar="RULE")] = None,
    note: Note = "",
    by: By = None,
) -> None:
    """Add a handler rule, from --set or in the editor."""
    from handlers.editing.fields import with_fields
    from handlers.editing.written import inline
    from handlers.versions import edits
    from shared.records import StoredRule

    block = {"name": name, "match": {"severity": "medium"}, "on": ["opened"], "action": "teams"}
    if fields:
        block = with_fields({"name": name}, fields)
    text = "".join(f"{key}: {inline(value)}\n" for key, value in block.items())
    spec = _read_rule(text, name, _defaults(), in_editor=not fields)
    if spec is not None:
        _change(lambda rules: edits.added(rules, StoredRule(name, spec), before=before), note, by)


def edit(
    name: Annotated[str | None, typer.Argument(metavar="[RULE]")] = None,
    *,
    fields: Fields = None,
    note: Note = "",
    by: By = None,
) -> None:
    """Edit a handler rule, with --set or in the editor; without a name all rules, with owners, rotations and defaults."""
    if name is None:
        if fields:
            raise InputError(texts.SET_NEEDS_RULE)
        _edit_all(note, by)
        return
    _edit_rule(name, fields, note, by)


def _edit_all(note: str, by: str | None) -> None:
    """Opens all handler rules, owners, rotations and defaults in the editor, as one file, and applies the changes."""
    from db.error_db import handler_rules
    from db.error_db.handler_rules import COMMAND, Author
    from handlers.editing.checked import checked_file
    from handlers.editing.written import file_text
    from handlers.versions.apply import change_all, defaults_of
    from handlers.versions.apply import rule_set as stored_rule_set

    settings, now = config.load(), datetime.now(UTC)
    with database.opened(settings) as store:
        with store.reading() as session:
            seen = stored_rule_set(session)
            text = file_text(handler_rules.states(session), seen.defaults)
        changed = _edited(text, lambda edited: rule_set(checked_file(edited, seen, settings)))
        if changed is None:
            return
        with store.transaction(now) as transaction:
            author = Author(by or getpass.getuser(), COMMAND, note)
            changes, number = change_all(transaction.session, seen, changed, author, now)
            defaults = defaults_of(transaction.session)
    _print_changed(changes, seen.defaults, defaults, number)


def _edit_rule(name: str, fields: list[str] | None, note: str, by: str | None) -> None:
    from dataclasses import replace

    from db.error_db import handler_rules
    from handlers.editing.fields import with_fields
    from handlers.editing.written import inline, rule_block, rule_text
    from handlers.versions import edits

    with database.opened(config.load()) as store, store.reading() as session:
        old = edits.find(handler_rules.states(session), name)
    defaults = _defaults()
    block = with_fields(rule_block(old, defaults), fields or ())
    text = "".join(f"{key}: {inline(value)}\n" for key, value in block.items()) if fields else rule_text(old, defaults)
    spec = _read_rule(text, name, defaults, in_editor=not fields)
    if spec is not None:
        _change(lambda rules: edits.changed(rules, old, replace(old, spec=spec)), note, by)


def enable(names: Names, *, note: Note = "", by: By = None) -> None:
    """Enable handler rules."""
    from handlers.versions import edits

    _change(lambda rules: edits.switched(rules, names, on=True), note, by)


def disable(names: Names, *, note: Note = "", by: By = None) -> None:
    """Disable handler rules; applying a file does not enable them again."""
    from handlers.versions import edits

    _change(lambda rules: edits.switched(rules, names, on=False), note, by)


def remove(names: Names, *, note: Note = "", by: By = None) -> None:
    """Remove handler rules; applying a file does not add them again."""
    from handlers.versions import edits

    _change(lambda rules: edits.removed(rules, names), note, by)


def history(
    rule: Annotated[str | None, typer.Argument(metavar="[RULE]")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """List the versions of the handler rules, latest first: who changed which rules, when and why."""
    from cli.views.handler_changes import print_version
    from db.error_db import handler_rules
    from handlers.versions.changes import changed_blocks, compare

    settings = config.load()
    with database.opened(settings) as store, store.reading() as session:
        versions = handler_rules.versions(session, limit=VERSIONS_READ if rule else limit + 1)
    before = [*versions[1:], None] if len(versions) <= limit or rule else versions[1:]
    pairs = list(zip(versions, before, strict=False))
    found = [(new, compare(old.rules if old else (), new.rules)) for new, old in pairs]
    blocks = {new.id: changed_blocks(old.defaults if old else {}, new.defaults) for new, old in pairs}
    if rule:
        found = [(new, of_rule) for new, all_ in found if (of_rule := [each for each in all_ if each.name == rule])]
    if as_json:
        output.emit_json([_version_record(version, changes, blocks[version.id]) for version, changes in found[:limit]])
        return
    for version, changes in found[:limit]:
        print_version(version, changes, blocks[version.id], output.zone(settings.timezone))
    if not found:
        echo(texts.NO_VERSIONS_OF(name=rule) if rule else texts.NO_VERSIONS)
        names = {each.name for version in versions for each in version.rules}
        if rule and rule not in names and (near := nearest(rule, names)):
            echo(question(near))


def diff(older: VersionNumber, newer: Annotated[int | None, typer.Argument(min=1, max=database.MAX_ID)] = None) -> None:
    """Show the differences between two versions, or between a version and the current rules."""
    from cli.views.handler_changes import print_changes, print_shared
    from handlers.versions.changes import compare

    first, last = _versions(older, newer)
    changes = compare(first.rules, last.rules)
    print_changes(changes, last.defaults)
    if not print_shared(first.defaults, last.defaults) and not changes:
        echo(texts.SAME(older=first.id, newer=last.id))


def rollback(version: VersionNumber, *, note: Note = "", by: By = None, yes: Yes = False) -> None:
    """Restore the handler rules of an earlier version, as a new version. The history stays."""
    from cli.views.handler_changes import print_changes, print_shared
    from db.error_db.handler_rules import ROLLBACK, Author
    from handlers.versions.apply import roll_back
    from handlers.versions.changes import compare

    target, current = _versions(version, None)
    print_changes(compare(current.rules, target.rules), target.defaults, would_be=not yes and sys.stdin.isatty())
    print_shared(current.defaults, target.defaults)
    if not confirmed(yes=yes):
        return
    why = note or texts.TO_VERSION(number=version).en
    now = datetime.now(UTC)
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        author = Author(by or getpass.getuser(), ROLLBACK, why)
        _changes, number = roll_back(transaction.session, target, author, now)
    _print_number(number)


def confirmed(*, yes: bool) -> bool:
    """Whether the person at the terminal confirms. Without a terminal no question is asked."""
    if yes or not sys.stdin.isatty() or typer.confirm(localize(texts.APPLY)):
        return True
    echo(texts.NOT_APPLIED)
    return False


def read_rule_file(file: Path) -> RuleFile:
    """The rules of a file and its defaults. Raises InputError with one line for each mistake, such as a missing script."""
    from handlers.read import problems, read_file, with_layers

    settings = config.load()
    found, errors = read_file(file)
    if errors := errors or problems(file, settings):
        raise InputError(messages(errors))
    return with_layers(found, settings)


def rule_set(file: RuleFile) -> StoredRuleSet:
    """The rules and shared blocks of a file, in the form stored in the Error DB."""
    from handlers.versions.apply import StoredRuleSet

    return StoredRuleSet({rule.name: rule.as_dict() for rule in file.rules}, file.defaults)


def _read_rule(text: str, name: str, defaults: Any, *, in_editor: bool) -> dict[str, Any] | None:
    """The rule in a text, after editing if requested; None if the editor was closed without a change."""
    if not in_editor:
        return _spec(text, name, defaults)
    return _edited(text, lambda edited: _spec(edited, name, defaults))


def _edited(text: str, read: Callable[[str], T]) -> T | None:
    """The edited text as parsed by `read`; None if the editor was closed without a change."""
    while True:
        edited = editor.edited(text, suffix=".yaml")
        if edited is None:
            echo(texts.NOTHING_CHANGED)
            return None
        try:
            return read(edited)
        except InputError as error:
            echo(error.full_text, error=True)
            if not sys.stdin.isatty() or not typer.confirm(localize(texts.EDIT_AGAIN), default=True):
                raise
            text = edited


def _spec(text: str, name: str, defaults: Any) -> dict[str, Any]:
    from handlers.editing.checked import checked_spec

    return checked_spec(text, name, defaults, config.load())


def _change(edit_rules: Callable[[Sequence[StoredRule]], Sequence[StoredRule]], note: str, by: str | None) -> None:
    from db.error_db.handler_rules import COMMAND, Author
    from handlers.versions.apply import change_rules, defaults_of

    now = datetime.now(UTC)
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        author = Author(by or getpass.getuser(), COMMAND, note)
        changes, number = change_rules(transaction.session, edit_rules, author, now)
        defaults = defaults_of(transaction.session)
    _print_changed(changes, defaults, defaults, number)


def _print_changed(
    changes: Sequence[RuleChange], before: Mapping[str, Any], after: Mapping[str, Any], number: int | None
) -> None:
    from cli.views.handler_changes import print_changes, print_shared

    print_changes(changes, after)
    print_shared(before, after)
    _print_number(number)


def _print_number(number: int | None) -> None:
    echo(texts.NOTHING_CHANGED if number is None else texts.NEW_VERSION(number=number))


def _defaults() -> Any:
    from handlers.versions.apply import defaults_of

    with database.opened(config.load()) as store, store.reading() as session:
        return defaults_of(session)


def _versions(older: int, newer: int | None) -> tuple[RuleVersion, RuleVersion]:
    """Two versions; without `newer` the second one is the latest.

    Raises InputError for a number that does not exist.
    """
    from db.error_db import handler_rules

    with database.opened(config.load()) as store, store.reading() as session:
        latest = next(iter(handler_rules.versions(session, limit=1)), None)
        found = [handler_rules.version(session, older), handler_rules.version(session, newer) if newer else latest]
    for number, version in zip((older, newer), found, strict=True):
        if version is None:
            raise InputError(texts.NO_VERSION(number=number or older))
    first, last = found
    assert first is not None  # noqa: S101 - checked above
    assert last is not None  # noqa: S101
    return first, last


def _version_record(version: RuleVersion, changes: Sequence[RuleChange], blocks: Sequence[str]) -> dict[str, Any]:
    return {
        "version": version.id,
        "changed_at": version.changed_at,
        "changed_by": version.changed_by,
        "source": version.source,
        "note": version.note,
        "changes": {change.name: change.kind for change in changes},
        "shared": list(blocks),
    }
