"""Drafts a platform map from the snapshots, for a person to correct.

The draft explains the existing grants: `hinomi access drift` with the draft shows only the grants that the draft left
out.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, count

from sqlalchemy.orm import Session

from insights.access.drift.assessment import DEFAULT_ACCOUNT, AssessedGrant, assess, is_agent_member
from insights.access.drift.layer_scope import LayerScope
from insights.access.grants import EffectivePermissions, needed_on
from insights.access.hierarchy import Hierarchy
from insights.access.membership import Memberships
from insights.access.model import LEVELS, Level, Ternary
from insights.access.platform_map import Allowance, Layer, Persona, PlatformMap, explained_by, is_container, kind_of
from insights.access.roles import BASIC, Roles
from shared import config
from shared.errors import InputError
from shared.identity.iam_names import EVERYBODY, short_name
from shared.texts import Text
from shared.texts.cli import platform as texts

# Common words in the names of datasets, buckets and topics.
WORDS = {
    "raw": ("raw", "landing", "ingest", "source", "bronze", "lake", "inbox"),
    "clean": ("clean", "staging", "stg", "curated", "core", "silver", "conformed", "cleansed"),
    "analytics": ("analytics", "mart", "marts", "dwh", "dm", "gold", "reporting", "bi", "report"),
    "sharing": ("sharing", "share", "shared", "export", "exports", "outbox", "public", "partner"),
}
UNSORTED = "unsorted"
CONSUMERS = ("@gmail.com", "@googlemail.com")
KINDS = ("group", "serviceAccount", "domain", "user")  # the order of drafting: groups explain grants of their members
MOST = 20  # grants listed as left out


def draft(session: Session, at: datetime) -> str:
    """The map as YAML: layers guessed from names, and personas for all members with a role on a resource of a layer.

    Raises InputError if no snapshot contains a dataset, bucket or topic, or none contains a grant.
    """
    window = (at, at)
    hierarchy, roles, memberships = (
        Hierarchy(session, window),
        Roles(session, window),
        Memberships(session, window, read_all=True),
    )
    layers = _layers(hierarchy)
    scope = LayerScope(PlatformMap(tuple(layers), (), ()), hierarchy)
    assessed = assess(session, scope, roles, memberships, at) if layers else ()
    grants = [item for item in assessed if item.is_unintended]
    if not grants:
        raise InputError(texts.NO_GRANTS if layers else texts.NO_RESOURCES)
    left_out = [item for item in grants if _is_questionable(item)]
    questionable = {item.access.grant.member for item in left_out}
    personas = _Personas(session, scope, roles, memberships, questionable, at)
    return written(layers, personas.of(item for item in grants if not _is_questionable(item)), left_out)


def layer_of(name: str) -> str:
    """The layer that the words of a name suggest."""
    last = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rpartition("/")[2].rpartition(".")[2])
    words = set(re.split(r"[^a-z]+", last.casefold()))
    return next((layer for layer, typical in WORDS.items() if words & set(typical)), UNSORTED)


def _layers(hierarchy: Hierarchy) -> list[Layer]:
    layers: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in hierarchy.resources():
        if is_container(name):
            kind, short = kind_of(name)
            words = short.replace(".", "-") if kind == "buckets" else short
            layers[layer_of(words)][kind].append(_pattern(short))
    names = [name for name in (*WORDS, UNSORTED) if name in layers]
    return [Layer(name, "", {kind: tuple(items) for kind, items in sorted(layers[name].items())}) for name in names]


def _is_questionable(item: AssessedGrant) -> bool:
    """Whether a grant needs a person's decision before it becomes intended."""
    member, basic = item.access.grant.member, item.ability.role in BASIC
    if member in EVERYBODY or member.startswith("deleted:") or member.endswith(CONSUMERS):
        return True
    return is_agent_member(member) or (basic and bool(DEFAULT_ACCOUNT.fullmatch(member)))


class _Personas:
    """Builds personas with the access that their members have. `questionable` are members with questionable grants."""

    def __init__(
        self,
        session: Session,
        scope: LayerScope,
        roles: Roles,
        memberships: Memberships,
        questionable: set[str],
        at: datetime,
    ) -> None:
        self._session = session
        self._scope = scope
        self._roles = roles
        self._memberships = memberships
        self._at = at
        self._questionable = questionable
        self._chains = {
            layer: [(name, scope.hierarchy.chain(name)) for name in names] for layer, names in scope.resources.items()
        }

    def of(self, grants: Iterable[AssessedGrant]) -> list[Persona]:
        """One persona for all members of a kind with the same access."""
        by_member: defaultdict[str, list[AssessedGrant]] = defaultdict(list)
        for item in grants:
            by_member[item.access.grant.member].append(item)
        same: dict[tuple[str, tuple[Allowance, ...]], list[str]] = {}
        drafted: dict[str, Persona] = {}
        for member in sorted(by_member, key=_order):
            allowances = self._allowances(member, by_member[member], drafted)
            if allowances:
                same.setdefault((member.partition(":")[0], allowances), []).append(member)
                drafted[member] = Persona(member, (member,), allowances)
        return _named(same)

    def _allowances(
        self, member: str, grants: Sequence[AssessedGrant], drafted: dict[str, Persona]
    ) -> tuple[Allowance, ...]:
        """The allowances of a member, beyond those of personas that it has already through its groups."""
        names = self._memberships.names(member)
        personas = [drafted[name] for name in names if name in drafted]
        rest = self._unexplained(personas, grants)
        if not rest:
            return ()
        # A level that a member has only by a questionable grant is not intended.
        questionable = self._questionable.intersection(names) - set(EVERYBODY)
        levels = {} if questionable else self._levels([name for name in names if name not in EVERYBODY])
        wide = [
            Allowance(tuple(layers), (), level, ())
            for level in LEVELS
            if (layers := [layer for layer, has in levels.items() if has is level])
        ]
        rest = self._unexplained([*personas, Persona(member, (member,), tuple(wide))], rest)
        return (*wide, *_on_resources(rest))

    def _unexplained(self, personas: Sequence[Persona], grants: Sequence[AssessedGrant]) -> list[AssessedGrant]:
        rest = []
        for item in grants:
            resource = item.access.grant.resource
            layers = self._scope.layers(resource, item.ability.services)
            if not explained_by(personas, item.ability, resource, layers):
                rest.append(item)
        return rest

    def _levels(self, names: Collection[str]) -> dict[str, Level]:
        """The highest level that the members certainly have on all resources of a layer, by layer."""
        permissions = EffectivePermissions(self._session, self._roles, names, self._at)
        highest = {}
        for layer, resources in self._chains.items():
            for level in LEVELS if resources else ():
                has = (permissions.include(needed_on(name, level), chain)[0] for name, chain in resources)
                if not all(value is Ternary.YES for value in has):
                    break  # a member without a level has no higher one either
                highest[layer] = level
        return highest


def _order(member: str) -> tuple[int, str]:
    kind = member.partition(":")[0]
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), member)


def _on_resources(grants: Sequence[AssessedGrant]) -> list[Allowance]:
    """Roles on single resources; the roles on the same resources are one allowance."""
    resources: defaultdict[str, list[str]] = defaultdict(list)
    for item in grants:
        resources[item.access.grant.role].append(_pattern(short_name(item.access.grant.resource)))
    roles: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for role, names in sorted(resources.items()):
        roles[tuple(sorted(set(names)))].append(_pattern(role))
    return [Allowance((), names, None, tuple(items)) for names, items in sorted(roles.items())]


def _named(same: dict[tuple[str, tuple[Allowance, ...]], list[str]]) -> list[Persona]:
    personas: list[Persona] = []
    used: set[str] = set()
    for (_, allowances), members in same.items():
        plain = members[0].partition(":")[2].partition("@")[0].rpartition("/")[2] or members[0]
        others = (f"{plain}-{number}" for number in count(2))
        name = next(name for name in chain((plain, members[0]), others) if name not in used)
        used.add(name)
        personas.append(Persona(name, tuple(members), allowances))
    return personas


def _pattern(name: str) -> str:
    """A pattern that matches only this name."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def written(layers: Sequence[Layer], personas: Sequence[Persona], left_out: Sequence[AssessedGrant]) -> str:
    """Writes a map as YAML text; the grants left out follow as comments."""
    lines = [f"# {_localized(texts.DRAFTED)}", f"# {_localized(texts.PARTS)}", "layers:"]
    for layer in layers:
        lines += [f"  {_quoted(layer.name)}:", "    owner: ''"]
        for kind, names in layer.patterns.items():
            lines += [f"    {kind}:", *(f"      - {_quoted(name)}" for name in names)]
    lines += ["personas:" if personas else "personas: {}", *_persona_lines(personas), *_left_out_lines(left_out)]
    return "\n".join([*lines, ""])


def _persona_lines(personas: Sequence[Persona]) -> Iterator[str]:
    first_person = next((item for item in personas if item.members[0].startswith("user:")), None)
    for persona in personas:
        if persona is first_person:
            yield f"  # {_localized(texts.PEOPLE)}"
        yield f"  {_quoted(persona.name)}:"
        yield from _list("    members:", persona.members)
        yield "    access:"
        for allowance in persona.allowances:
            yield from _allowance_lines(allowance)


def _allowance_lines(allowance: Allowance) -> Iterator[str]:
    if allowance.level is not None:
        yield f"      - {{layers: [{', '.join(map(_quoted, allowance.layers))}], may: {allowance.level}}}"
        return
    first, *rest = _list("resources:", allowance.resources)
    yield f"      - {first}"
    yield from (f"        {line}" for line in rest)
    yield from (f"        {line}" for line in _list("roles:", allowance.roles))


def _list(key: str, texts: Sequence[str]) -> list[str]:
    """A YAML list; a single text stays on the line of its key."""
    indent = " " * (len(key) - len(key.lstrip()) + 2)
    if len(texts) == 1:
        return [f"{key} [{_quoted(texts[0])}]"]
    return [key, *(f"{indent}- {_quoted(text)}" for text in texts)]


def _left_out_lines(grants: Sequence[AssessedGrant]) -> Iterator[str]:
    if grants:
        yield f"# {_localized(texts.LEFT_OUT)}"
    for item in grants[:MOST]:
        grant = item.access.grant
        text = _localized(texts.GRANT(member=grant.member, role=grant.role, resource=short_name(grant.resource)))
        yield "#   " + "".join(char if char.isprintable() else " " for char in text)
    if len(grants) > MOST:
        yield f"#   {_localized(texts.MORE(count=f'{len(grants) - MOST:,}'))}"


def _localized(text: Text) -> str:
    return text.in_language(config.language())


def _quoted(text: str) -> str:
    if not text.isprintable():
        return json.dumps(text)
    return "'" + text.replace("'", "''") + "'"
