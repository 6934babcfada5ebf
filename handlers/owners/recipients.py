"""Rules that notify the owner of an incident or the person on call, whose channel depends on the incident and the time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.escalation.on_call import CHANNEL, channels, rotations, with_persons
from handlers.owners.table import OwnerEntry, Owners, owners_of
from handlers.spec import HandlerSpec
from handlers.versions.apply import defaults_of
from shared.calendar.rotation import Rotation
from shared.lazy.dataclass import dataclass
from shared.records import IncidentView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Recipients:
    """The owners and rotations of a block of defaults."""

    owners: Owners = field(default_factory=Owners)
    rotations: Mapping[str, Rotation] = field(default_factory=dict)

    @classmethod
    def of_defaults(cls, defaults: Mapping[str, Any]) -> Recipients:
        """The owners and rotations in a block of defaults."""
        return cls(owners_of(defaults), rotations(defaults))

    @classmethod
    def of_rules(cls, session: Session, rules: Iterable[HandlerSpec]) -> Recipients:
        """The stored owners and rotations, which are read only if a rule needs them."""
        if not any(rule.on_call or rule.to_owner for rule in rules):
            return cls()
        return cls.of_defaults(defaults_of(session))

    def on_duty(self, rules: Sequence[HandlerSpec], moment: datetime) -> list[HandlerSpec]:
        """The rules; those of a rotation with the channel of the person on call."""
        return with_persons(rules, self.rotations, moment)

    def addressed(self, rule: HandlerSpec, incident: IncidentView, moment: datetime) -> HandlerSpec:
        """The rule; a rule for owners with the channel of the incident's owner.

        If the owner has no channel, it is that of the next matching owner; if none has a channel, it is the rule's own.
        """
        matches = self.owners.ranked(incident) if rule.to_owner else ()
        found = (self._channel(match.entry, moment) for match in matches)
        channel = next(filter(None, found), "")
        return replace(rule, params={**rule.params, CHANNEL: channel}) if channel else rule

    def _channel(self, entry: OwnerEntry, moment: datetime) -> str:
        rotation = self.rotations.get(entry.on_call)
        return rotation.on_call(moment) if rotation else entry.channel

    def channels(self, rule: HandlerSpec) -> tuple[str, ...]:
        """The channels besides its own that the rule may notify; empty if it uses neither a rotation nor owners."""
        if not rule.to_owner:
            return channels(rule, self.rotations)
        found: dict[str, None] = {}
        for entry in self.owners.entries:
            rotation = self.rotations.get(entry.on_call)
            found |= dict.fromkeys(rotation.everybody if rotation else filter(None, [entry.channel]))
        return tuple(found)
