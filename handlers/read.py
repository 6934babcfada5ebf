"""Reads handlers.yaml: checked handler rules, or all mistakes with file and line.

The command line and the build read the file, the dashboard reads the text that a person edits, and the release job gets
the checked rules as JSON (handlers/compiled.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from handlers import registry
from handlers.cards.links import is_known, known_hosts
from handlers.escalation.on_call import KEY as ROTATIONS
from handlers.owners import keys as owner_keys
from handlers.owners import layers
from handlers.owners.table import LAYERS, OWNERS
from handlers.remediations.brakes import DENY_FIELDS, OWN, Brakes, Breaker
from handlers.schema import BrakeKeys, DefaultKeys, HandlerKeys, HandlersFile, InheritedKeys, MatchKeys, inherited_keys
from handlers.spec import PATTERN_FIELDS, HandlerSpec, Match
from handlers.versions import chains
from shared import validation
from shared.config import Settings
from shared.errors import InputError, messages
from shared.lazy.dataclass import dataclass
from shared.model import Mode
from shared.records import REPORTS
from shared.strict_yaml import Document, load, load_file
from shared.texts import EMPTY, Text
from shared.texts import handler_rules as texts_of_rules
from shared.texts.cli import handlers as texts
from shared.texts.handler_rules import NAME_TAKEN
from shared.texts.owners import UNKNOWN_HOST

# Incidents of these rules come from outside: reports, Cloud Monitoring, the platform map or Hinomi itself.
NOTHING: Mapping[str, Any] = {}
NOT_SHIPPED = (REPORTS, "cloud_monitoring/", "platform/", "hinomi/")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file of handler rules: the rules in their order, and the block of defaults that they inherit, as written.

    The block has the rotations and owners, too.
    """

    rules: tuple[HandlerSpec, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path) -> tuple[list[HandlerSpec], list[InputError]]:
    """The rules of the file in their order, and all mistakes; no rules if there is a mistake."""
    file, errors = read_file(path)
    return list(file.rules), errors


def read_file(path: Path) -> tuple[RuleFile, list[InputError]]:
    """The rules of the file and its defaults, and all mistakes; empty if there is a mistake."""
    try:
        return read_document(load_file(path))
    except InputError as error:
        return RuleFile(), [error]


def read_document(document: Document) -> tuple[RuleFile, list[InputError]]:
    """The rules of a document in the form of handlers.yaml and its defaults, and all mistakes; empty if there is a mistake."""
    file, errors = validation.check(HandlersFile, document)
    if file is None:
        return RuleFile(), errors
    errors = [
        *_duplicates(file, document),
        *_unknown_rotations(file, document),
        *_broken_chains(file, document),
        *owner_keys.mistakes(file.owners, file.rotations, document),
    ]
    if errors:
        return RuleFile(), errors
    rules = tuple(_spec(keys, file.defaults) for keys in file.handlers)
    rotations = {name: keys.rotation().as_dict() for name, keys in file.rotations.items()}
    owners = [keys.entry().as_dict() for keys in file.owners]
    shared = {name: block for name, block in ((ROTATIONS, rotations), (OWNERS, owners)) if block}
    return RuleFile(rules, {**document.value.get("defaults", {}), **shared}), []


def with_layers(file: RuleFile, settings: Settings) -> RuleFile:
    """The file with the layers of the installation's platform map in its defaults. Raises InputError for an invalid map."""
    return replace(file, defaults=layers.with_layers(file.defaults, layers.map_of(settings)))


def with_stored_layers(file: RuleFile, defaults: Mapping[str, Any]) -> RuleFile:
    """The file with the layers stored with the handler rules."""
    return replace(file, defaults={**file.defaults, LAYERS: defaults[LAYERS]})


def read_rule(text: str, file: str, defaults: Mapping[str, Any]) -> HandlerSpec:
    """The only rule of a text, with the stored defaults. Raises InputError with one line for each mistake."""
    keys, errors = validation.check(HandlerKeys, load(text, file))
    if keys is None:
        raise InputError(messages(errors))
    if keys.on_call and keys.on_call not in (defaults.get(ROTATIONS) or {}):
        raise InputError(texts_of_rules.NO_ROTATION(name=keys.on_call), file=file)
    return _spec(keys, inherited_keys(defaults))


def warnings(path: Path, rules: Collection[str], services: Collection[str]) -> list[InputError]:
    """Patterns of a valid file that match none of the known rules or services, ordered by line."""
    file, document, _ = validation.check_file(HandlersFile, path)
    found = []
    for index, keys in enumerate(file.handlers if file else ()):
        for name, known, elsewhere in (("rule", rules, NOT_SHIPPED), ("service", services, ())):
            for pattern in getattr(keys.match, name) or ():
                is_known = any(fnmatchcase(one, pattern) for one in known)
                if document and not is_known and not pattern.startswith(tuple(elsewhere)):
                    message = texts.NOT_SHIPPED(kind=texts.KINDS[name], pattern=pattern)
                    found.append(document.error(message, "handlers", index, "match", name))
    return sorted(found, key=lambda warning: warning.line or 0)


def hidden_links(path: Path, settings: Settings) -> Iterator[InputError]:
    """Runbooks of owners on unknown hosts, which cards omit."""
    file, document, _ = validation.check_file(HandlersFile, path)
    hosts = known_hosts(settings)
    for index, keys in enumerate(file.owners if file else ()):
        if document and keys.runbook and not is_known(keys.runbook, hosts):
            yield document.error(UNKNOWN_HOST(address=keys.runbook), "owners", index, "runbook")


def problems(path: Path, settings: Settings) -> list[InputError]:
    """Parts of a valid file that name something missing in this installation: a script, a layer."""
    return problems_in(load_file(path), settings)


def problems_in(
    document: Document, settings: Settings, *, has_map: bool = True, stored: Mapping[str, Mapping[str, Any]] = NOTHING
) -> list[InputError]:
    """Parts of a valid document that name something missing; without `has_map`, layers are not compared with the platform map.

    A rule whose action and parameters equal its `stored` spec is not checked again, because it may run elsewhere.
    """
    file, _ = validation.check(HandlersFile, document)
    if file is None:
        return []
    located: list[InputError] = []
    if has_map and any(keys.match.layer for keys in file.owners):
        located += layers.unknown_layers(file.owners, layers.map_of(settings), document)
    for index, keys in enumerate(file.handlers):
        spec = stored.get(keys.name, NOTHING)
        is_stored = (spec.get("action"), spec.get("params", {})) == (keys.action, keys.params)
        if not is_stored and (text := problem_of(keys.action, keys.params, settings)):
            located.append(document.error(text, "handlers", index, "params"))
    return located


def problem_of(action: str, params: Mapping[str, Any], settings: Settings) -> Text:
    """The mistake in valid parameters of an action for this installation; empty if there is none."""
    plugin = registry.find(action)
    check = getattr(plugin, "problem", None)
    return check(settings, registry.params(plugin, params)) if check else EMPTY


def _duplicates(file: HandlersFile, document: Document) -> Iterator[InputError]:
    names = [keys.name for keys in file.handlers]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield document.error(NAME_TAKEN(name=name), "handlers", index, "name")


def _unknown_rotations(file: HandlersFile, document: Document) -> Iterator[InputError]:
    for index, keys in enumerate(file.handlers):
        if keys.on_call and keys.on_call not in file.rotations:
            yield document.error(texts_of_rules.NO_ROTATION(name=keys.on_call), "handlers", index, "on_call")


def _broken_chains(file: HandlersFile, document: Document) -> Iterator[InputError]:
    """Next steps that name no rule of the file, or lead back to their own rule."""
    places = {keys.name: index for index, keys in enumerate(file.handlers)}
    following = {
        keys.name: {key: name for key in chains.KEYS if (name := getattr(keys, key))} for keys in file.handlers
    }
    for step in chains.broken(following):
        yield document.error(step.problem, "handlers", places[step.rule], step.key)


def _spec(keys: HandlerKeys, defaults: DefaultKeys) -> HandlerSpec:
    """The rule with its inherited values. Without a mode, a remediation starts as a dry run and a notification is sent."""
    is_remediation = registry.is_remediation(keys.action)
    inherited = defaults.remediations if is_remediation else defaults.notifications
    own = {name for name in ("on", "mode", "cooldown", "budget") if name in keys.model_fields_set}
    found = {name: getattr(keys if name in own else inherited, name) for name in ("on", "mode", "cooldown", "budget")}
    return HandlerSpec(
        name=keys.name,
        action=keys.action,
        match=_match(_merged(keys.match, inherited.match)),
        on=tuple(found["on"]),
        params=keys.params,
        mode=found["mode"] or (Mode.DRY_RUN if is_remediation else Mode.AUTO),
        cooldown=found["cooldown"],
        budget=found["budget"],
        enabled=keys.enabled,
        inherits=tuple(sorted(_inherited(keys, inherited))),
        approvers=tuple(keys.approvers or ()),
        approve_within=keys.approve_within,
        after=keys.after,
        repeat=keys.repeat,
        hours=keys.hours.hours() if keys.hours else None,
        on_call=keys.on_call or "",
        brakes=_brakes(keys.brakes, inherited.brakes),
        then=keys.then or "",
        after_success=keys.after_success or "",
        to_owner=keys.to_owner,
    )


def _merged(own: MatchKeys, inherited: MatchKeys) -> MatchKeys:
    """The match block of a rule, with the inherited properties that it does not set."""
    return MatchKeys.model_construct(
        **{name: getattr(own if name in own.model_fields_set else inherited, name) for name in MatchKeys.model_fields}
    )


def _brakes(own: BrakeKeys, inherited: BrakeKeys) -> Brakes:
    """The brakes of a rule: each one that it does not set is inherited, and its deny list is added to that of the defaults."""
    found = {
        name: getattr(own if name in own.model_fields_set else inherited, name)
        for name in ("delay", "principal_budget", "total_budget", "breaker")
    }
    breaker = found.pop("breaker")
    return Brakes(
        breaker=Breaker(breaker.failures, breaker.retry_after) if breaker else None,
        deny=_denied(own, inherited),
        **found,
    )


def _denied(own: BrakeKeys, inherited: BrakeKeys) -> dict[str, tuple[str, ...]]:
    """The patterns by property; none if the rule says or inherits `none`."""
    nearest = own if "deny" in own.model_fields_set else inherited
    if nearest.deny is None:
        return {}
    lists = [keys.deny for keys in (inherited, own) if keys.deny is not None]
    denied = {
        name: tuple(
            dict.fromkeys([*OWN.get(name, ()), *(each for keys in lists for each in getattr(keys, name) or ())])
        )
        for name in DENY_FIELDS
    }
    return {name: patterns for name, patterns in denied.items() if patterns}


def _inherited(keys: HandlerKeys, inherited: InheritedKeys) -> Iterator[str]:
    yield from inherited.model_fields_set - keys.model_fields_set - {"match", "brakes"}
    yield from (f"brakes.{name}" for name in inherited.brakes.model_fields_set - keys.brakes.model_fields_set)
    yield from (f"match.{name}" for name in inherited.match.model_fields_set - keys.match.model_fields_set)


def _match(keys: MatchKeys) -> Match:
    patterns = {name: tuple(getattr(keys, name) or ()) for name in PATTERN_FIELDS}
    labels = {label: tuple(values) for label, values in keys.labels.items()}
    return Match(severity=keys.severity, labels=labels, **patterns)
