"""Rejected messages in the Error DB, and undelivered messages in the dead-letter subscription; opened when needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from cli import database
from cli.dead_letters.messages import FailedMessage, from_row
from shared.config import Settings
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.texts.cli import dlq as texts

if TYPE_CHECKING:
    from cli.dead_letters.pubsub import DeadLetterSubscription
    from db.error_db.store import ErrorStore

NO_SUBSCRIPTION = texts.NO_SUBSCRIPTION


class MessageOrigin(StrEnum):
    """The store of a failed message."""

    REJECTED = "rejected"
    DEAD_LETTER = "dead-letter"


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Conditions on messages: received from `since` on, with `text` in the reason; None and "" match all."""

    since: datetime | None = None
    text: str = ""
    replayed: bool = False

    def matches(self, message: FailedMessage) -> bool:
        """Whether the message matches; case is ignored."""
        early = self.since is not None and message.time < self.since
        return not early and self.text.casefold() in message.reason.casefold()


@dataclass(frozen=True, slots=True)
class FailedMessages:
    """The opened sources of failed messages; at least one."""

    store: ErrorStore | None
    dead: DeadLetterSubscription | None

    def messages(self, filters: MessageFilter, *, limit: int) -> list[FailedMessage]:
        """The matching messages, oldest first; at most `limit` from each source."""
        messages = [message for message in self._dead(limit) if filters.matches(message)]
        if self.store:
            from db.error_db import rejected

            with self.store.reading() as session:
                rows = rejected.listed(
                    session, replayed=filters.replayed, since=filters.since, text=filters.text, limit=limit
                )
                messages += map(from_row, rows)
        return sorted(messages, key=lambda message: message.time)

    def chosen(self, ids: list[str], *, limit: int) -> list[FailedMessage]:
        """The messages with these ids, without duplicates. Raises InputError for an unknown id."""
        messages = [*self._numbered(ids), *(self._dead(limit) if any(one.startswith("d") for one in ids) else [])]
        known = {message.id: message for message in messages}
        for one in ids:
            if one not in known:
                hint = NO_SUBSCRIPTION if one.startswith("d") and not self.dead else texts.LIST_SHOWS
                raise InputError(texts.NO_MESSAGE(id=one, hint=hint))
        return [known[one] for one in dict.fromkeys(ids)]

    def renew_lease(self) -> None:
        """Keeps the leased messages from other readers; call it between long steps."""
        if self.dead:
            self.dead.renew_lease()

    def mark_replayed(self, message: FailedMessage) -> None:
        """Records that a message was replayed.

        After a crash before this call the message is replayed again, which has no effect.
        """
        if message.origin == MessageOrigin.DEAD_LETTER and self.dead:
            self.dead.acknowledge(message)
        elif self.store:
            from db.error_db import rejected

            now = datetime.now(UTC)
            with self.store.transaction(now) as transaction:
                rejected.mark_replayed(transaction.session, int(message.id[1:]), now)

    def _dead(self, limit: int) -> list[FailedMessage]:
        return self.dead.messages(limit) if self.dead else []

    def _numbered(self, ids: list[str]) -> list[FailedMessage]:
        from db.error_db import rejected

        if self.store is None:
            return []
        numbers = {int(one[1:]) for one in ids if re.fullmatch(r"r\d{1,10}", one)}
        with self.store.reading() as session:
            rows = rejected.numbered(session, {number for number in numbers if number <= database.MAX_ID})
            return [from_row(row) for row in rows]


@contextmanager
def opened(settings: Settings, origin: MessageOrigin | None) -> Iterator[FailedMessages]:
    """Both sources, or one of them: dead letters can be read while the database is unavailable."""
    if origin is MessageOrigin.DEAD_LETTER and not settings.dead_letter_subscription:
        raise InputError(texts.SET_SUBSCRIPTION(problem=NO_SUBSCRIPTION))
    with ExitStack() as stack:
        store = None if origin is MessageOrigin.DEAD_LETTER else stack.enter_context(database.opened(settings))
        dead = None
        if settings.dead_letter_subscription and origin is not MessageOrigin.REJECTED:
            from cli.dead_letters import pubsub

            dead = stack.enter_context(pubsub.subscription(settings.dead_letter_subscription))
        yield FailedMessages(store, dead)


def origin_of(ids: list[str]) -> MessageOrigin | None:
    """The only source of messages with these ids; None if both are needed."""
    kinds = {
        MessageOrigin.REJECTED if one.startswith("r") else MessageOrigin.DEAD_LETTER
        for one in ids
        if one[:1] in ("r", "d")
    }
    return kinds.pop() if len(kinds) == 1 else None
