"""A request to a page: the person, the language, the time, and the databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flask

from dashboard.request_context import RequestContext
from dashboard.security.roles import User, UserRole
from shared.lazy.dataclass import dataclass
from shared.texts import Text

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

NOTICE = "notice"
PROBLEM = "!"  # begins a notice that says why nothing was changed
LONGEST_NUMBER = 9  # digits: every database takes such a number


def whole_number(text: str) -> int | None:
    """The number that a text from a browser writes in decimal digits; None for any other text.

    `str.isdigit` is not enough: it is true for "²" too, which `int` rejects.
    """
    return int(text) if len(text) <= LONGEST_NUMBER and text.isascii() and text.isdigit() else None


@dataclass(frozen=True)
class PageRequest(RequestContext):
    """The request of a person who may see pages."""

    user: User

    @property
    def args(self) -> MultiDict[str, str]:
        """The query string."""
        return flask.request.args

    @property
    def form(self) -> MultiDict[str, str]:
        """The fields of the submitted form."""
        return flask.request.form

    def number(self, name: str, default: int = 1, *, most: int = 1_000_000) -> int:
        """The number in the query string, from 1 to `most`; `default` without one."""
        value = whole_number(self.args.get(name, "")) or default
        return value if value <= most else default

    def may(self, role: UserRole) -> bool:
        """Whether the person has the permissions of `role`."""
        return self.user.may(role)

    def notify(self, text: Text) -> None:
        """Shows the text once, on the next page that the browser opens."""
        setattr(flask.g, NOTICE, self.text(text))

    def refuse(self, text: Text) -> None:
        """Shows on the next page why nothing was changed, and what to do."""
        setattr(flask.g, NOTICE, PROBLEM + self.text(text))

    def redirect(self, endpoint: str, **values: Any) -> flask.typing.ResponseReturnValue:
        """Opens another page after a change."""
        return flask.redirect(flask.url_for(endpoint, **values), code=303)
