"""Rotations: who is on call, with handovers on the wall clock, holidays without a handover, and overrides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from shared.calendar.wall_clock import instant
from shared.calendar.windows import zone_of
from shared.lazy.dataclass import dataclass

_HORIZON = timedelta(days=731)
_MOST_HOLIDAYS = 60  # days in a row by which a handover may be late


@dataclass(frozen=True, slots=True)
class TurnOverride:
    """A person who replaces the others from `begin` until `end`, on the wall clock of the rotation."""

    person: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns of `days` days each, the first turn from the day `starts`, with a handover at the time `handover`.

    A handover that falls on a holiday takes place on the next working day. If several overrides overlap, the last one
    applies.
    """

    people: tuple[str, ...]
    starts: date
    timezone: str
    handover: time = time(9)
    days: int = 7
    holidays: frozenset[date] = frozenset()
    overrides: tuple[TurnOverride, ...] = ()

    @property
    def everybody(self) -> tuple[str, ...]:
        """All people of the rotation and its overrides, each once."""
        return tuple(dict.fromkeys([*self.people, *(each.person for each in self.overrides)]))

    def on_call(self, moment: datetime) -> str:
        """The person on call at a time; before the first handover, the first person of the rotation."""
        for each in reversed(self.overrides):
            if self._instant(each.begin) <= moment < self._instant(each.end):
                return each.person
        return self.people[self._turn(moment) % len(self.people)]

    def handovers(self, after: datetime) -> Iterator[tuple[datetime, str]]:
        """The changes of the person on call within two years, with the time and the person."""
        person, edges = self.on_call(after), self._edges(after)
        for edge in edges:
            following = self.on_call(edge)
            if following != person:
                person = following
                yield edge, person

    def as_dict(self) -> dict[str, Any]:
        """The rotation as JSON."""
        return {
            "people": list(self.people),
            "starts": self.starts.isoformat(),
            "handover": f"{self.handover:%H:%M}",
            "every": f"{self.days}d",
            "timezone": self.timezone,
            "holidays": sorted(day.isoformat() for day in self.holidays),
            "overrides": [
                {"person": each.person, "from": f"{each.begin:%Y-%m-%d %H:%M}", "until": f"{each.end:%Y-%m-%d %H:%M}"}
                for each in self.overrides
            ],
        }

    @classmethod
    def from_dict(cls, block: Mapping[str, Any]) -> Rotation:
        """The rotation from JSON. Raises KeyError, TypeError or ValueError for another form."""
        return cls(
            people=tuple(block["people"]),
            starts=date.fromisoformat(block["starts"]),
            timezone=str(block["timezone"]),
            handover=time.fromisoformat(block["handover"]),
            days=int(str(block["every"]).removesuffix("d")),
            holidays=frozenset(date.fromisoformat(day) for day in block.get("holidays", ())),
            overrides=tuple(
                TurnOverride(
                    each["person"], datetime.fromisoformat(each["from"]), datetime.fromisoformat(each["until"])
                )
                for each in block.get("overrides", ())
            ),
        )

    def _turn(self, moment: datetime) -> int:
        """The number of handovers before the moment, from 0."""
        passed = (moment.astimezone(zone_of(self.timezone)).date() - self.starts).days // self.days
        late = _MOST_HOLIDAYS // self.days + 1
        turns = range(passed + 1, max(passed - late, 0) - 1, -1)
        return next((turn for turn in turns if turn >= 0 and self._begin(turn) <= moment), 0)

    def _begin(self, turn: int) -> datetime:
        """The time when a turn begins."""
        planned = self.starts + timedelta(days=turn * self.days)
        days = (planned + timedelta(days=late) for late in range(_MOST_HOLIDAYS))
        day = next((each for each in days if each not in self.holidays), planned)
        return self._instant(datetime.combine(day, self.handover))

    def _edges(self, after: datetime) -> Iterator[datetime]:
        """The times after `after` at which the person may change, in order."""
        edges = {self._instant(wall) for each in self.overrides for wall in (each.begin, each.end)}
        extra, turn = sorted(edge for edge in edges if edge > after), self._turn(after)
        begin = after
        while begin < after + _HORIZON:
            turn += 1
            begin = self._begin(turn)
            while extra and extra[0] < begin:
                yield extra.pop(0)
            if begin > after:
                yield begin

    def _instant(self, wall: datetime) -> datetime:
        return instant(wall, zone_of(self.timezone))
