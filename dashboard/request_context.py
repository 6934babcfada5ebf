"""The part of a request that pages and the API share: settings, time, the reader's language, and the databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from dashboard.config import DashboardConfig
from shared import logs
from shared.config import Settings
from shared.errors import TransientError
from shared.lazy.dataclass import dataclass
from shared.texts import Text, as_text
from shared.texts.locale import Locale

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.transaction import ErrorTransaction

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class RequestContext:
    """`now` is the same time in every part of an answer; `locale` formats for the reader."""

    config: DashboardConfig
    locale: Locale
    now: datetime

    @property
    def settings(self) -> Settings:
        """The settings of the installation."""
        return self.config.settings

    def text(self, text: Text | str) -> str:
        """The text in the language of the reader."""
        return self.locale.text(as_text(text))

    @contextmanager
    def error_db(self) -> Iterator[Session]:
        """A session on the Error DB, for queries only.

        Raises TransientError if it is unavailable, which becomes the answer.
        """
        with self.config.error_store().reading() as session:
            yield session

    @contextmanager
    def change(self) -> Iterator[ErrorTransaction]:
        """A transaction on the Error DB: commits at the end. Raises TransientError."""
        with self.config.error_store().transaction(self.now) as transaction:
            yield transaction

    @contextmanager
    def schema_db(self) -> Iterator[Session]:
        """A session on the Schema DB, for queries only.

        Raises TransientError if it is unavailable, which becomes the answer.
        """
        with self.config.schema_store().reading() as session:
            yield session

    def ask_schema_db(self, question: Callable[[Session], Answer]) -> Answer | None:
        """A part of an answer that needs the Schema DB; None if the Schema DB is unavailable, so that the other parts remain."""
        try:
            with self.schema_db() as session:
                return question(session)
        except TransientError as error:
            logs.log("WARNING", "the Schema DB is unavailable: a part of an answer is empty", reason=str(error))
            return None
