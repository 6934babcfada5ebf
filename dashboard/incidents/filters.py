"""The filters of the list of incidents, as in its address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from shared.durations import parse_duration
from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern
from shared.model import ErrorClass, IncidentKind, Severity
from shared.texts import Text
from shared.texts.dashboard import incidents as texts
from shared.texts.terms import term

if TYPE_CHECKING:
    from db.error_db.queries import IncidentFilter

PERIODS = ("24h", "7d", "14d", "30d", "90d")
DEFAULT_PERIOD = "14d"
LONGEST_TEXT = 200
Choice = TypeVar("Choice", bound=StrEnum)
_NUMBER = lazy_pattern(r"#?(\d{1,9})")
_BEFORE = lazy_pattern(r"(\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z))_(\d{1,9})")


class State(StrEnum):
    """The selected incidents: current ones (including recently ended ones), or those in one state."""

    NOW = "now"
    OPEN = "open"
    RESOLVED = "resolved"
    SILENCED = "silenced"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """The values in an address; an invalid value is ignored."""

    state: State = State.NOW
    severity: Severity | None = None
    kind: IncidentKind | None = None
    error: ErrorClass | None = None
    service: str = ""
    owner: str = ""
    rule: str = ""
    text: str = ""
    period: str = ""
    before: tuple[datetime, int] | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> ListFilter:
        """The filter of a query string."""
        return cls(
            state=_choice(State, args.get("state")) or State.NOW,
            severity=_choice(Severity, args.get("severity")),
            kind=_choice(IncidentKind, args.get("kind")),
            error=_choice(ErrorClass, args.get("error")),
            period=args["since"] if args.get("since") in PERIODS else "",
            before=_before(args.get("before", "")),
            **{name: args.get(name, "").strip()[:LONGEST_TEXT] for name in ("service", "owner", "rule")},
            text=args.get("q", "").strip()[:LONGEST_TEXT],
        )

    @property
    def number(self) -> int | None:
        """The number of an incident, if the search text is only that."""
        match = _NUMBER.fullmatch(self.text)
        return int(match[1]) if match else None

    def conditions(self) -> IncidentFilter:
        """The conditions for all incidents; the owner is compared afterwards."""
        from db.error_db.queries import IncidentFilter  # noqa: PLC0415

        return IncidentFilter(
            kind=self.kind,
            error=self.error,
            service=self.service or None,
            severity=self.severity,
            text=self.text or None,
            rule=self.rule or None,
        )

    def ended(self, now: datetime) -> IncidentFilter:
        """The conditions for resolved incidents: of the chosen period, by default of 14 days."""
        since = now - parse_duration(self.period or DEFAULT_PERIOD)
        return replace(self.conditions(), since=since, before=self.before)

    def chosen(self) -> Iterator[Text]:
        """The filters as text, to explain an empty list."""
        if self.severity:
            yield texts.AT_LEAST(severity=term(self.severity))
        if self.kind:
            yield term(self.kind)
        if self.error:
            yield term(self.error)
        for value in (self.service, self.rule, self.owner, self.text):
            if value:
                yield Text.verbatim(value)

    def is_narrow(self) -> bool:
        """Whether any filter except the state is set."""
        return any(self.chosen())


def page_after(seen: datetime, number: int) -> str:
    """The value of `before` for the page after an incident."""
    return f"{seen.isoformat()}_{number}"


def day_start(now: datetime, days: int = 0) -> datetime:
    """The start of the current day, or of an earlier one, in the zone of `now`."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)


def _choice(choices: type[Choice], value: str | None) -> Choice | None:
    return choices(value) if value in list(choices) else None


def _before(value: str) -> tuple[datetime, int] | None:
    match = _BEFORE.fullmatch(value)
    try:
        return (datetime.fromisoformat(match[1]), int(match[2])) if match else None
    except ValueError:
        return None
