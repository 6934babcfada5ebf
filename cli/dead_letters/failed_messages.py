"""Where messages wait for somebody: the Error DB and the dead-letter subscription, each opened only when it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from cli import database
from cli.dead_letters.messages import Letter, from_row
from shared.config import Settings
from shared.errors import InputError

if TYPE_CHECKING:
    from cli.dead_letters.pubsub import Subscription
    from db.error_db.store import ErrorStore

NO_SUBSCRIPTION = "HINOMI_DEAD_LETTER_SUBSCRIPTION is not set"


class Place(StrEnum):
    """One of the two places."""

    REJECTED = "rejected"
    DEAD_LETTER = "dead-letter"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters: not before `since`, with `text` in the reason; None and "" mean all."""

    since: datetime | None = None
    text: str = ""
    replayed: bool = False

    def fits(self, letter: Letter) -> bool:
        """Whether the letter is one of them. Capitals and small letters are the same."""
        early = self.since is not None and letter.time < self.since
        return not early and self.text.casefold() in letter.reason.casefold()


@dataclass(frozen=True, slots=True)
class Box:
    """The places that are open; at least one."""

    store: ErrorStore | None
    dead: Subscription | None

    def letters(self, wanted: Wanted, *, limit: int) -> list[Letter]:
        """The letters that are wanted, the oldest first; at most `limit` are looked at in each place."""
        found = [letter for letter in self._dead(limit) if wanted.fits(letter)]
        if self.store:
            from db.error_db import rejected

            with self.store.reading() as session:
                rows = rejected.listed(
                    session, replayed=wanted.replayed, since=wanted.since, text=wanted.text, limit=limit
                )
                found += map(from_row, rows)
        return sorted(found, key=lambda letter: letter.time)

    def chosen(self, ids: list[str], *, limit: int) -> list[Letter]:
        """The letters with these ids, each once. Raises InputError for one that is not there."""
        found = [*self._numbered(ids), *(self._dead(limit) if any(one.startswith("d") for one in ids) else [])]
        known = {letter.id: letter for letter in found}
        for one in ids:
            if one not in known:
                hint = NO_SUBSCRIPTION if one.startswith("d") and not self.dead else "`hinomi dlq list` shows all"
                raise InputError(f"there is no message '{one}': {hint}")
        return [known[one] for one in dict.fromkeys(ids)]

    def keep(self) -> None:
        """Called between long works: other readers do not get what is leased here."""
        if self.dead:
            self.dead.keep()

    def settle(self, letter: Letter) -> None:
        """A letter is safe elsewhere. A crash before this costs a second replay, which adds nothing."""
        if letter.place == Place.DEAD_LETTER and self.dead:
            self.dead.acknowledge(letter)
        elif self.store:
            from db.error_db import rejected

            now = datetime.now(UTC)
            with self.store.transaction(now) as transaction:
                rejected.mark_replayed(transaction.session, int(letter.id[1:]), now)

    def _dead(self, limit: int) -> list[Letter]:
        return self.dead.letters(limit) if self.dead else []

    def _numbered(self, ids: list[str]) -> list[Letter]:
        from db.error_db import rejected

        if self.store is None:
            return []
        numbers = {int(one[1:]) for one in ids if re.fullmatch(r"r\d{1,10}", one)}
        with self.store.reading() as session:
            rows = rejected.numbered(session, {number for number in numbers if number <= database.MAX_ID})
            return [from_row(row) for row in rows]


@contextmanager
def opened(settings: Settings, place: Place | None) -> Iterator[Box]:
    """Both places, or one: dead letters are there to be read when the database is away."""
    if place is Place.DEAD_LETTER and not settings.dead_letter_subscription:
        raise InputError(f"{NO_SUBSCRIPTION}: set it to projects/P/subscriptions/S")
    with ExitStack() as stack:
        store = None if place is Place.DEAD_LETTER else stack.enter_context(database.opened(settings))
        dead = None
        if settings.dead_letter_subscription and place is not Place.REJECTED:
            from cli.dead_letters import pubsub

            dead = stack.enter_context(pubsub.subscription(settings.dead_letter_subscription))
        yield Box(store, dead)


def place_of(ids: list[str]) -> Place | None:
    """The one place that letters with these ids can be in, None for both."""
    kinds = {Place.REJECTED if one.startswith("r") else Place.DEAD_LETTER for one in ids if one[:1] in ("r", "d")}
    return kinds.pop() if len(kinds) == 1 else None
