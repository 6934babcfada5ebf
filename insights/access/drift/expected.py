"""What the platform's map asks for, one thing at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from insights.access.patterns import is_pattern
from insights.access.platform_map import Layer, PlatformMap
from insights.access.role_levels import Level


@dataclass(frozen=True, slots=True)
class ExpectedAccess:
    """A member of a persona may do a level's work in a layer."""

    persona: str
    member: str
    layer: Layer
    level: Level

    @property
    def key(self) -> str:
        """Its name. A layer with other patterns is another one: it asks for other things."""
        parts = [self.persona, self.member, self.layer.name, sorted(self.layer.patterns.items()), self.level]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def intentions(intended: PlatformMap) -> Iterator[ExpectedAccess]:
    """Everything that the map asks for; patterns of members ask for nobody."""
    for persona in intended.personas:
        for allowance in persona.allowances:
            for layer in intended.layers if allowance.level else ():
                for member in persona.members if allowance.is_for(layer.name) else ():
                    if not is_pattern(member) and allowance.level:
                        yield ExpectedAccess(persona.name, member, layer, allowance.level)
