"""A first platform map from what the snapshots saw, for a person to correct.

It explains what is there: `hinomi access drift` has nothing to say right after it, but of what was left out of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Resource
from insights.access.bulk_membership import Memberships
from insights.access.drift.assessed_grant import AssessedGrant
from insights.access.drift.assessment import judge
from insights.access.drift.baseline import DEFAULT_ACCOUNT, is_agents_member
from insights.access.drift.map_draft_text import MapDraft, written
from insights.access.drift.scope import LayerScope
from insights.access.effective_permissions import EffectivePermissions, needs
from insights.access.iam_conditions import Ternary
from insights.access.platform_map import Allowance, Layer, Persona, PlatformMap, explained_by, is_whole, kind_of
from insights.access.role_levels import BASIC, ORDER, Level
from insights.access.roles import RoleAbilities
from shared.errors import InputError
from shared.iam_names import EVERYBODY, short_name

# Words in the names of datasets, buckets and topics, as teams commonly use them.
WORDS = {
    "raw": ("raw", "landing", "ingest", "source", "bronze", "lake", "inbox"),
    "clean": ("clean", "staging", "stg", "curated", "core", "silver", "conformed", "cleansed"),
    "analytics": ("analytics", "mart", "marts", "dwh", "dm", "gold", "reporting", "bi", "report"),
    "sharing": ("sharing", "share", "shared", "export", "exports", "outbox", "public", "partner"),
}
UNSORTED = "unsorted"
CONSUMERS = ("@gmail.com", "@googlemail.com")
KINDS = ("group", "serviceAccount", "domain", "user")  # who is drafted first: what a group explains needs no more


@dataclass(frozen=True, slots=True)
class _Place:
    """A layer's resources, each with what it hangs below."""

    layer: Layer
    resources: tuple[tuple[str, list[str]], ...]


def draft(session: Session, at: datetime) -> str:
    """The map as YAML: layers guessed by names, and personas for everybody who has a role on one.

    Raises InputError when no snapshot saw anything, or no grant.
    """
    layers = _layers(session, at)
    bare = PlatformMap(tuple(layers), (), ())
    reach = LayerScope(session, bare, at)
    grants = [judged for judged in judge(session, bare, at, reach) if judged.is_wrong] if layers else []
    if not grants:
        what = "grant" if layers else "dataset, bucket or topic"
        raise InputError(f"no snapshot saw a {what} yet: run `hinomi snapshot run iam.bindings`")
    meant = [judged for judged in grants if not _is_doubtful(judged)]
    left_out = [judged for judged in grants if _is_doubtful(judged)]
    doubtful = {judged.access.grant.member for judged in left_out}
    personas = _Personas(session, reach, doubtful, at).of(meant)
    return written(MapDraft(layers, personas, left_out))


def layer_of(name: str) -> str:
    """The layer that a name speaks of."""
    last = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rpartition("/")[2].rpartition(".")[2])
    words = set(re.split(r"[^a-z]+", last.casefold()))
    return next((layer for layer, known in WORDS.items() if words & set(known)), UNSORTED)


def _layers(session: Session, at: datetime) -> list[Layer]:
    found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    query = select(Resource.name, Resource.missing_since).order_by(Resource.name)
    for name, missing in session.execute(query):
        if is_whole(name) and (missing is None or missing > at):
            kind, short = kind_of(name)
            words = short.replace(".", "-") if kind == "buckets" else short
            found[layer_of(words)][kind].append(_pattern(short))
    names = [name for name in (*WORDS, UNSORTED) if name in found]
    return [Layer(name, "", {kind: tuple(items) for kind, items in sorted(found[name].items())}) for name in names]


def _is_doubtful(judged: AssessedGrant) -> bool:
    """Whether nobody should take a grant for intended because it is there."""
    member, basic = judged.access.grant.member, judged.ability.role in BASIC
    if member in EVERYBODY or member.startswith("deleted:") or member.endswith(CONSUMERS):
        return True
    return is_agents_member(member) or (basic and bool(DEFAULT_ACCOUNT.fullmatch(member)))


class _Personas:
    """Makes personas that may do what their members do."""

    def __init__(self, session: Session, reach: LayerScope, doubtful: set[str], at: datetime) -> None:
        self._session = session
        self._reach = reach
        self._doubtful = doubtful
        self._circles = Memberships(session, at)
        self._at = at
        self._book = RoleAbilities(session, at)
        self._layers = [
            _Place(layer, tuple((name, reach.chain(name)) for name in reach.resources[layer.name]))
            for layer in reach.intended.layers
        ]

    def of(self, grants: Iterable[AssessedGrant]) -> list[Persona]:
        """One persona for all of a kind whose access is the same."""
        granted: defaultdict[str, list[AssessedGrant]] = defaultdict(list)
        for judged in grants:
            granted[judged.access.grant.member].append(judged)
        same: dict[tuple[str, tuple[Allowance, ...]], list[str]] = {}
        drawn: dict[str, Persona] = {}
        for member in sorted(granted, key=_order):
            allowances = self._allowances(member, granted[member], drawn)
            if allowances:
                same.setdefault((member.partition(":")[0], allowances), []).append(member)
                drawn[member] = Persona(member, (member,), allowances)
        return _named(same)

    def _allowances(
        self, member: str, grants: Sequence[AssessedGrant], drawn: dict[str, Persona]
    ) -> tuple[Allowance, ...]:
        """What a member may do, beyond what personas explain that it is already, through its groups."""
        names = self._circles.names(member)
        known = [drawn[name] for name in names if name in drawn]
        left = self._unexplained(known, grants)
        if not left:
            return ()
        # What somebody has by a doubtful grant is no level that it is meant to have.
        doubtful = self._doubtful.intersection(names) - set(EVERYBODY)
        levels = {} if doubtful else self._levels([name for name in names if name not in EVERYBODY])
        wide = [
            Allowance(tuple(layers), (), level, ())
            for level in ORDER
            if (layers := [layer for layer, has in levels.items() if has is level])
        ]
        left = self._unexplained([*known, Persona(member, (member,), tuple(wide))], left)
        return (*wide, *_on_places(left))

    def _unexplained(self, personas: Sequence[Persona], grants: Sequence[AssessedGrant]) -> list[AssessedGrant]:
        places = [(judged, judged.access.grant.resource) for judged in grants]
        return [
            judged
            for judged, resource in places
            if not explained_by(
                personas, judged.ability, resource, self._reach.layers(resource, judged.ability.services)
            )
        ]

    def _levels(self, names: Collection[str]) -> dict[str, Level]:
        """The highest level that the names surely have on everything in a layer, by the layer."""
        held = EffectivePermissions(self._session, self._book, names, self._at)
        found = {}
        for place in self._layers:
            for level in ORDER:
                if not place.resources or not all(
                    held.has(needs(name, level), above)[0] is Ternary.YES for name, above in place.resources
                ):
                    break  # who has less has no more
                found[place.layer.name] = level
        return found


def _order(member: str) -> tuple[int, str]:
    kind = member.partition(":")[0]
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), member)


def _on_places(grants: Sequence[AssessedGrant]) -> list[Allowance]:
    """Roles on single places, those of the same places together."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for judged in grants:
        places[judged.access.grant.role].append(_pattern(short_name(judged.access.grant.resource)))
    roles: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for role, names in sorted(places.items()):
        roles[tuple(sorted(set(names)))].append(_pattern(role))
    return [Allowance((), names, None, tuple(found)) for names, found in sorted(roles.items())]


def _named(same: dict[tuple[str, tuple[Allowance, ...]], list[str]]) -> list[Persona]:
    found: list[Persona] = []
    used: set[str] = set()
    for (_, allowances), members in same.items():
        plain = members[0].partition(":")[2].partition("@")[0].rpartition("/")[2] or members[0]
        others = (f"{plain}-{number}" for number in count(2))
        name = next(name for name in chain((plain, members[0]), others) if name not in used)
        used.add(name)
        found.append(Persona(name, tuple(members), allowances))
    return found


def _pattern(name: str) -> str:
    """A pattern that matches this name alone."""
    return re.sub(r"([*?\[])", r"[\1]", name)
