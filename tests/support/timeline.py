"""Scenarios that read as timelines: what happens at which time, and which messages are sent between which times.

    timeline.at("1s").arrives(task_failed)
    timeline.at("5m").acknowledges(by="alice")
    timeline.between("1s", "2s").sends("default", "load_mart.merge")
    timeline.play("2h")

Time is simulated. Everything else is real: the function with its routes and rules, the Error DB, the worker, and a
server for each channel. A sweep runs every minute, or every `tick`. Every message must be expected, and every
expectation fulfilled once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from db.error_db import handler_rules, queries, silences
from db.error_db.transaction import ErrorTransaction
from demo.entries import Entry
from demo.platform.http import Reply
from demo.platform.teams import TeamsServer
from handlers import approvals
from handlers.messages.plain_text import as_plain_text
from handlers.plan import plan
from handlers.spec import HandlerSpec
from main import Application
from shared import config
from shared.durations import parse_duration
from shared.records import IncidentDetail
from tests.support.function_process import push_body

BEGIN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class Event:
    """Something that happens at a time."""

    time: datetime
    text: str
    do: Callable[[], object]


@dataclass(frozen=True)
class Sent:
    """A message that a channel accepted."""

    time: datetime
    channel: str
    text: str

    def has(self, words: tuple[str, ...]) -> bool:
        """Whether the message contains all these words."""
        return all(word in self.text for word in words)


@dataclass(frozen=True)
class Expected:
    """A message that a channel must accept after `first` and until `last`, inclusive."""

    first: datetime
    last: datetime
    channel: str
    words: tuple[str, ...]

    def takes(self, sent: Sent) -> bool:
        """Whether the message is the expected one."""
        return self.first <= sent.time <= self.last and sent.channel == self.channel and sent.has(self.words)


@dataclass
class Timeline:
    """A scenario and the installation that plays it. `copies` instances of the function get every tick."""

    environment: Mapping[str, str]
    teams: Mapping[str, TeamsServer]
    begin: datetime = BEGIN
    copies: int = 1
    tick: str = "1m"
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.begin
        self._events: list[Event] = []
        self._expected: list[Expected] = []
        self._pushed = 0
        self.application = self._application()

    def rules(self, *rules: HandlerSpec) -> None:
        """Applies handler rules before anything happens."""
        with self.application.store().transaction(self.now) as transaction:
            handler_rules.replace(transaction.session, {rule.name: rule.as_dict() for rule in rules}, self.now)

    def at(self, time: str) -> Moment:
        """The moment this long after the beginning, such as `90s` or `2h`."""
        return Moment(self, self.time(time))

    def between(self, first: str, last: str) -> Interval:
        """The interval between two moments, both included."""
        return Interval(self, self.time(first), self.time(last))

    def play(self, until: str) -> None:
        """Plays all events until this time, and compares the messages with the expected ones."""
        self.play_only(until)
        problems = list(self._problems())
        assert not problems, "\n".join(["", *problems, "", "The timeline:", *self.lines()])

    def play_only(self, until: str) -> None:
        """Plays all events until this time; the test itself reads the messages in `sent`."""
        for event in sorted([*self._events, *self._ticks(self.time(until))], key=lambda event: event.time):
            self.now = event.time
            event.do()
            self._take_messages()

    def lines(self) -> list[str]:
        """The events and messages, one line for each."""
        happened = [(event.time, event.text) for event in self._events]
        happened += [(sent.time, f"→ {sent.channel}: {_short(sent.text)}") for sent in self.sent]
        return [f"  {self._clock(time)}  {text}" for time, text in sorted(happened, key=lambda each: each[0])]

    def detail(self, incident_id: int = 1) -> IncidentDetail:
        """Reads an incident with its action runs."""
        with self.application.store().reading() as session:
            found = queries.incident(session, incident_id)
        assert found is not None
        return found

    def time(self, text: str) -> datetime:
        """The time this long after the beginning; `0s` is the beginning."""
        return self.begin if text == "0s" else self.begin + parse_duration(text)

    def add(self, event: Event) -> None:
        """Adds an event to the scenario."""
        self._events.append(event)

    def expect(self, expected: Expected) -> None:
        """Adds an expected message."""
        self._expected.append(expected)

    def push(self, data: Entry, *, application: Application | None = None) -> None:
        """Delivers a message to the function as if it was published now."""
        self._pushed += 1
        body = push_body(data, f"message-{self._pushed}", publishTime=self.now.isoformat())
        (application or self.application).pipeline.handle(body, self.now)

    def restart(self) -> None:
        """Replaces the function by a new instance."""
        self.application.store().engine.dispose()
        self.application = self._application()

    def close(self) -> None:
        """Closes the database."""
        self.application.store().engine.dispose()

    def _application(self) -> Application:
        return Application(config.load(self.environment), clock=lambda: self.now)

    def _ticks(self, until: datetime) -> Iterator[Event]:
        instances = [self.application, *(self._application() for _ in range(self.copies - 1))]
        time, tick = self.time(self.tick), parse_duration(self.tick)
        while time <= until:
            for number in range(self.copies):
                yield Event(time, "tick", partial(self._tick, instances[number] if number else None))
            time += tick

    def _tick(self, application: Application | None) -> None:
        self.push({"tick": "sweep", "time": self.now.isoformat()}, application=application)

    def _take_messages(self) -> None:
        for channel, server in self.teams.items():
            with server.lock:
                cards, server.cards = server.cards, []
            self.sent += [Sent(self.now, channel, as_plain_text(card)) for card in cards]

    def _problems(self) -> Iterator[str]:
        unclaimed = list(self.sent)
        for expected in sorted(self._expected, key=lambda each: (each.last, each.first)):
            found = next((sent for sent in unclaimed if expected.takes(sent)), None)
            if found is None:
                words = ", ".join(expected.words)
                when = f"between {self._clock(expected.first)} and {self._clock(expected.last)}"
                yield f"not sent {when} to {expected.channel}: {words}"
            else:
                unclaimed.remove(found)
        for sent in unclaimed:
            yield f"not expected at {self._clock(sent.time)} on {sent.channel}: {_short(sent.text)}"

    def _clock(self, time: datetime) -> str:
        return str(time - self.begin)


@dataclass(frozen=True)
class Moment:
    """A moment of a timeline: its methods add events."""

    timeline: Timeline
    time: datetime

    def arrives(self, entry: Callable[[datetime], Entry]) -> None:
        """A log entry with this time arrives."""
        self.does(f"{getattr(entry, '__name__', 'an entry')} arrives", lambda: self.timeline.push(entry(self.time)))

    def acknowledges(self, incident_id: int = 1, by: str = "alice") -> None:
        """A person acknowledges an incident."""
        self._changes(f"{by} acknowledges", lambda each: each.acknowledge(incident_id, by=by, time=self.time))

    def resolves(self, incident_id: int = 1) -> None:
        """A person resolves an incident."""

        def change(transaction: ErrorTransaction) -> None:
            found = transaction.resolve(incident_id, reason="done by hand", time=self.time)
            plan([found] if found else [], transaction, self.time)

        self._changes("a person resolves", change)

    def silences(self, length: str, **matcher: Any) -> None:
        """Adds a silence of this length for matching incidents; with `weekly` it is active only in that window of `zone`."""
        weekly, zone = matcher.pop("weekly", None), matcher.pop("zone", "UTC")
        times: dict[str, Any] = {"starts_at": self.time, "expires_at": self.time + parse_duration(length)}
        about: dict[str, Any] = {"matcher": matcher, "owner": "alice", "reason": "planned work", "now": self.time}

        def change(transaction: ErrorTransaction) -> None:
            made = silences.add(transaction.session, **about, **times)
            if weekly:
                silences.limit(transaction.session, made, {"windows": [weekly], "timezone": zone})

        self._changes(f"alice silences for {length}", change)

    def approves(self, run_id: int, by: str = "alice") -> None:
        """A person approves a run."""
        self._changes("approves", lambda each: approvals.approve(each.session, run_id, by=by, now=self.time))

    def breaks(self, channel: str, status: int = 503) -> None:
        """A channel rejects every message from now on."""
        self.does(f"{channel} breaks", lambda: self.timeline.teams[channel].always(Reply(status)))

    def works(self, channel: str) -> None:
        """A channel accepts every message from now on."""
        self.does(f"{channel} works", lambda: self.timeline.teams[channel].always(None))

    def restarts(self) -> None:
        """The function restarts."""
        self.does("the function restarts", self.timeline.restart)

    def does(self, text: str, do: Callable[[], object]) -> None:
        """Calls any other function at this moment; `text` names it in the output."""
        self.timeline.add(Event(self.time, text, do))

    def _changes(self, text: str, change: Callable[[ErrorTransaction], object]) -> None:
        def do() -> None:
            with self.timeline.application.store().transaction(self.time) as transaction:
                change(transaction)

        self.does(text, do)


@dataclass(frozen=True)
class Interval:
    """An interval of a timeline: its methods add expected messages."""

    timeline: Timeline
    first: datetime
    last: datetime

    def sends(self, channel: str, *words: str) -> None:
        """Expects one message with these words on the channel."""
        self.timeline.expect(Expected(self.first, self.last, channel, words))


@contextmanager
def timeline(error_db_url: str, *channels: str, begin: datetime = BEGIN, **options: Any) -> Iterator[Timeline]:
    """A scenario on an empty Error DB, with a Teams server for each channel; the first channel is `default`."""
    settings = options.pop("settings", {})
    with ExitStack() as stack:
        teams = {name: stack.enter_context(TeamsServer()) for name in ("default", *channels)}
        urls = {"HINOMI_TEAMS_WEBHOOK_URL": teams["default"].webhook}
        urls |= {f"HINOMI_TEAMS_WEBHOOK_URL_{name.upper()}": teams[name].webhook for name in channels}
        environment = {"HINOMI_ERROR_DB_URL": error_db_url, **urls, **settings}
        made = Timeline(environment, teams, begin=begin, **options)
        stack.callback(made.close)
        yield made


def _short(text: str) -> str:
    """The beginning of a message on one line."""
    return " · ".join(line for line in text.splitlines() if line)[:160]
