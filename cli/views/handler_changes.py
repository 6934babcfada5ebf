"""Changes and versions of handler rules at the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.language import echo, localize
from cli.views import output
from handlers.versions import chains
from handlers.versions.changes import RuleChange, last_change, last_change_of_block, note_of
from shared.texts import COMMA, Text
from shared.texts import owners as owner_texts
from shared.texts.cli import handler_changes as texts

if TYPE_CHECKING:
    from handlers.versions.merge import Elsewhere
    from shared.records import RuleVersion, StoredRule


def print_changes(changes: Iterable[RuleChange], defaults: Mapping[str, Any], *, would_be: bool = False) -> None:
    """Prints each change, and for a changed rule its different lines. `would_be` is True if nothing is changed yet."""
    from handlers.editing.checked import differing_lines

    for change in changes:
        text = texts.CHANGED[change.kind](name=change.name)
        echo(texts.WOULD_BE(change=text) if would_be else text)
        if change.before and change.after:
            for line in differing_lines(change.before, change.after, defaults):
                echo(Text.verbatim(f"  {line}"))


def print_shared(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Prints the defaults, rotations, owners and layers that differ between two versions; returns whether any differ."""
    return any([_print_defaults(before, after), _print_rotations(before, after), _print_owners(before, after)])


def _print_defaults(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Prints the inherited values that differ for a kind of rules; returns whether any differ."""
    from handlers.editing.written import inline
    from handlers.schema import DefaultKeys

    differing = [name for name in DefaultKeys.model_fields if before.get(name) != after.get(name)]
    for name in differing:
        echo(texts.DEFAULTS_DIFFER(name=name))
        for sign, blocks in (("-", before), ("+", after)):
            if name in blocks:
                echo(Text.verbatim(f"  {sign} {inline(blocks[name])}"))
    return bool(differing)


def _print_rotations(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Prints the rotations that differ between two blocks of defaults; returns whether any differ."""
    from handlers.editing.written import inline
    from handlers.escalation.on_call import KEY

    old, new = before.get(KEY) or {}, after.get(KEY) or {}
    differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    for name in differing:
        echo(texts.ROTATION_DIFFERS(name=name))
        for sign, blocks in (("-", old), ("+", new)):
            if name in blocks:
                echo(Text.verbatim(f"  {sign} {inline(blocks[name])}"))
    return bool(differing)


def _print_owners(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Prints the owners and layers that differ between two blocks of defaults; returns whether any differ."""
    from handlers.editing.written import inline, owner_block
    from handlers.owners.table import LAYERS, OWNERS

    entries = [[inline(owner_block(each)) for each in block.get(OWNERS) or ()] for block in (before, after)]
    layers = [
        [f"{name}: {inline(layer)}" for name, layer in (block.get(LAYERS) or {}).items()] for block in (before, after)
    ]
    for heading, (old, new) in ((owner_texts.OWNERS_DIFFER, entries), (owner_texts.LAYERS_DIFFER, layers)):
        if old != new:
            echo(heading)
            for line in [f"- {each}" for each in old if each not in new] + [
                f"+ {each}" for each in new if each not in old
            ]:
                echo(Text.verbatim(f"  {line}"))
    return entries[0] != entries[1] or layers[0] != layers[1]


def print_kept(
    kept: Mapping[str, Elsewhere], blocks: Sequence[str], versions: Sequence[RuleVersion], tz: ZoneInfo
) -> None:
    """Prints the rules and shared blocks that a file does not replace because they were changed elsewhere, by whom and when."""
    for name, what in kept.items():
        echo(texts.KEPT[what](name=name, who=_who(last_change(versions, name), tz)))
    for name in blocks:
        echo(texts.KEPT_BLOCK(name=name, who=_who(last_change_of_block(versions, name), tz)))
    if kept or blocks:
        echo(texts.HOW_TO_DECIDE)


def _who(version: RuleVersion | None, tz: ZoneInfo) -> Text:
    if version is None:
        return texts.UNKNOWN
    return texts.WHO(by=_by(version), at=output.clock(version.changed_at, tz))


def print_broken_chains(rules: Sequence[StoredRule]) -> None:
    """Prints the chained steps that no longer exist, for example because a rule was removed elsewhere."""
    for step in chains.of_rules(rules):
        echo(texts.BROKEN_CHAIN(rule=step.rule, key=step.key, problem=step.problem), error=True)


def print_version(version: RuleVersion, changes: Sequence[RuleChange], blocks: Sequence[str], tz: ZoneInfo) -> None:
    """Prints a version: who, when, why, and the changed rules and shared blocks."""
    source = texts.SOURCES.get(version.source) or Text.verbatim(version.source)
    at = output.clock(version.changed_at, tz)
    echo(texts.VERSION_LINE(number=version.id, at=at, by=_by(version), source=source))
    names: dict[str, list[str]] = {}
    for each in changes:
        names.setdefault(each.kind, []).append(each.name)
    comma = localize(COMMA)
    changed = [localize(texts.CHANGED[kind](name=comma.join(those))) for kind, those in names.items()]
    shared = [localize(texts.SHARED_BLOCKS(names=comma.join(blocks)))] if blocks else []
    console = output.console()
    for line in (localize(note_of(version)), *changed, *shared):
        if line:
            console.print(output.hanging(output.styled(f"    {line}"), len("    "), console.width), soft_wrap=True)


def _by(version: RuleVersion) -> Text:
    return Text.verbatim(version.changed_by) if version.changed_by else texts.UNKNOWN
