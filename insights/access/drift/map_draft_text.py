"""A drafted platform map as YAML, with what a person should know in comments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from insights.access.drift.assessed_grant import AssessedGrant
from insights.access.platform_map import Allowance, Layer, Persona
from shared.iam_names import short_name

HEAD = (
    "# Drafted from what the snapshots saw. Correct it: this is what access is compared with.",
    "# What each part means: docs/platform-map.md",
)
PEOPLE = "# People with grants of their own: put them into a group, or take the grants away, and delete them here."
LEFT_OUT = "# Left out, so that `hinomi access drift` shows it. If it is meant, give it a persona:"
MOST = 20


@dataclass(frozen=True, slots=True)
class MapDraft:
    """Layers, personas, and the grants that nobody should take for intended because they are there."""

    layers: list[Layer]
    personas: list[Persona]
    left_out: list[AssessedGrant]


def written(draft: MapDraft) -> str:
    """The YAML text."""
    lines = [*HEAD, "layers:"]
    for layer in draft.layers:
        lines += [f"  {_quoted(layer.name)}:", "    owner: ''"]
        for kind, names in layer.patterns.items():
            lines += [f"    {kind}:", *(f"      - {_quoted(name)}" for name in names)]
    lines += ["personas:" if draft.personas else "personas: {}", *_personas(draft.personas), *_left_out(draft.left_out)]
    return "\n".join([*lines, ""])


def _personas(personas: Sequence[Persona]) -> Iterator[str]:
    told = False
    for persona in personas:
        if not told and persona.members[0].startswith("user:"):
            told = True
            yield f"  {PEOPLE}"
        yield f"  {_quoted(persona.name)}:"
        yield from _list("    members:", persona.members)
        yield "    access:"
        for allowance in persona.allowances:
            yield from _access(allowance)


def _access(allowance: Allowance) -> Iterator[str]:
    if allowance.level is not None:
        yield f"      - {{layers: [{', '.join(map(_quoted, allowance.layers))}], may: {allowance.level}}}"
        return
    first, *rest = _list("resources:", allowance.resources)
    yield f"      - {first}"
    yield from (f"        {line}" for line in rest)
    yield from (f"        {line}" for line in _list("roles:", allowance.roles))


def _list(key: str, texts: Sequence[str]) -> list[str]:
    """On one line if there is one."""
    indent = " " * (len(key) - len(key.lstrip()) + 2)
    if len(texts) == 1:
        return [f"{key} [{_quoted(texts[0])}]"]
    return [key, *(f"{indent}- {_quoted(text)}" for text in texts)]


def _left_out(grants: Sequence[AssessedGrant]) -> Iterator[str]:
    if grants:
        yield LEFT_OUT
    for judged in grants[:MOST]:
        grant = judged.access.grant
        told = f"{grant.member} has {grant.role} on {short_name(grant.resource)}"
        yield "#   " + "".join(char if char.isprintable() else " " for char in told)
    if len(grants) > MOST:
        yield f"#   and {len(grants) - MOST:,} more"


def _quoted(text: str) -> str:
    if not text.isprintable():
        return json.dumps(text)
    return "'" + text.replace("'", "''") + "'"
