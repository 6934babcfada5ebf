"""One request to a page: who asks, in which language, at what time, and the databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import flask

from dashboard.config import DashboardConfig
from dashboard.security.roles import User, UserRole
from shared import logs
from shared.config import Settings
from shared.errors import TransientError
from shared.texts import Text, as_text
from shared.texts.locale import Locale

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from db.error_db.transaction import ErrorTransaction

Answer = TypeVar("Answer")
NOTICE = "notice"


@dataclass(frozen=True)
class PageRequest:
    """The request. `now` is the same time in every part of a page; `locale` formats for its reader."""

    config: DashboardConfig
    user: User
    locale: Locale
    now: datetime

    @property
    def settings(self) -> Settings:
        """The settings of the installation."""
        return self.config.settings

    @property
    def args(self) -> MultiDict[str, str]:
        """The query string."""
        return flask.request.args

    @property
    def form(self) -> MultiDict[str, str]:
        """The fields of a form that was sent."""
        return flask.request.form

    def may(self, role: UserRole) -> bool:
        """Whether the person may do what needs `role`."""
        return self.user.may(role)

    def text(self, text: Text | str) -> str:
        """The text in the language of the reader."""
        return self.locale.text(as_text(text))

    @contextmanager
    def error_db(self) -> Iterator[Session]:
        """A session on the Error DB, for queries only. Raises TransientError when it is unavailable: the page says so."""
        with self.config.error_store().reading() as session:
            yield session

    @contextmanager
    def change(self) -> Iterator[ErrorTransaction]:
        """A transaction on the Error DB: commits at the end. Raises TransientError."""
        with self.config.error_store().transaction(self.now) as transaction:
            yield transaction

    @contextmanager
    def schema_db(self) -> Iterator[Session]:
        """A session on the Schema DB, for queries only. Raises TransientError when it is unavailable: the page says so."""
        with self.config.schema_store().reading() as session:
            yield session

    def ask_schema_db(self, question: Callable[[Session], Answer]) -> Answer | None:
        """The answer for a part of a page whose other parts need only the Error DB; None when the Schema DB is unavailable."""
        try:
            with self.schema_db() as session:
                return question(session)
        except TransientError as error:
            logs.log("WARNING", "the Schema DB is unavailable: a part of a page is empty", reason=str(error))
            return None

    def notify(self, text: Text) -> None:
        """Shows the text once, on the page that the browser opens next."""
        setattr(flask.g, NOTICE, self.text(text))

    def redirect(self, endpoint: str, **values: Any) -> flask.typing.ResponseReturnValue:
        """Opens another page after a change."""
        return flask.redirect(flask.url_for(endpoint, **values), code=303)
