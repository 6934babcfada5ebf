"""A first platform map from what the snapshots saw, for a person to correct."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.grants import valid
from db.schema_db.models import Binding, Resource
from shared.errors import InputError
from shared.iam_names import project_of
from shared.platform_map import kind_of
from shared.role_levels import ORDER, Level, level_of

# Words in the names of datasets, buckets and topics, as teams commonly use them.
WORDS = {
    "raw": ("raw", "landing", "ingest", "source", "bronze", "lake", "inbox"),
    "clean": ("clean", "staging", "stg", "curated", "core", "silver", "conformed", "cleansed"),
    "analytics": ("analytics", "mart", "marts", "dwh", "dm", "gold", "reporting", "bi", "report"),
    "sharing": ("sharing", "share", "shared", "export", "exports", "outbox", "public", "partner"),
}
UNSORTED = "unsorted"
Tree = dict[str, dict[str, dict[str, list[str]]]]


def draft(session: Session, at: datetime) -> str:
    """The map as YAML: layers guessed by names, and a persona for every group that has a role on a layer.

    Raises InputError when no snapshot saw anything, or no group.
    """
    layers: Tree = {"layers": {}}
    places: dict[str, str] = {}
    for name in session.scalars(select(Resource.name).where(Resource.missing_since.is_(None)).order_by(Resource.name)):
        kind, short = kind_of(name)
        if kind and "/tables/" not in name:
            places[name] = layer = layer_of(short)
            layers["layers"].setdefault(layer, {}).setdefault(kind, []).append(short)
    levels = _levels(session, places, at)
    if not (places and levels):
        what = "group with a role" if places else "dataset, bucket or topic"
        raise InputError(f"no snapshot saw a {what} yet: run `hinomi snapshot run iam.bindings`")
    return _yaml(layers["layers"], levels)


def layer_of(name: str) -> str:
    """The layer that a name speaks of."""
    words = set(re.split(r"[^a-z]+", name.rpartition("/")[2].rpartition(".")[2].casefold()))
    return next((layer for layer, known in WORDS.items() if words & set(known)), UNSORTED)


def _levels(session: Session, places: dict[str, str], at: datetime) -> dict[str, dict[str, Level]]:
    """The highest level of each group on each layer."""
    found: defaultdict[str, dict[str, Level]] = defaultdict(dict)
    query = select(Binding.resource, Binding.role, Binding.member).where(valid(at), Binding.member.startswith("group:"))
    for resource, role, member in session.execute(query):
        projects = {layer for name, layer in places.items() if project_of(name) == project_of(resource)}
        for layer in [places[resource]] if resource in places else projects if "/datasets/" not in resource else ():
            level = max(level_of(role), found[member].get(layer, Level.READ), key=ORDER.index)
            found[member][layer] = level
    return dict(sorted(found.items()))


def _yaml(layers: dict[str, dict[str, list[str]]], levels: dict[str, dict[str, Level]]) -> str:
    lines = ["# Drafted from what the snapshots saw. Correct it: this is what access is compared with.", "layers:"]
    for layer in [name for name in (*WORDS, UNSORTED) if name in layers]:
        lines += [f"  {layer}:", "    owner: ''"]
        for kind, names in sorted(layers[layer].items()):
            lines += [f"    {kind}:", *(f"      - {_quoted(name)}" for name in names)]
    lines.append("personas:")
    for member, allowed in levels.items():
        lines += [f"  {_quoted(member.removeprefix('group:').partition('@')[0])}:", f"    members: [{_quoted(member)}]"]
        lines.append("    access:")
        for level in ORDER:
            names = [layer for layer, has in sorted(allowed.items()) if has is level]
            if names:
                lines.append(f"      - {{layers: [{', '.join(names)}], may: {level}}}")
    lines += ["ignore:", "  # Agents of Google's own services.", "  - {role: 'roles/*erviceAgent'}", ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
