"""A page of the dashboard: its place in the navigation, and the functions that answer its addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any

from dashboard.page_request import PageRequest
from dashboard.security.roles import UserRole
from shared.lazy.dataclass import dataclass
from shared.texts import Text

# A function takes the request and the variable parts of its path. It returns the context of its template, or a response.
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Route:
    """An address of a page. `template` is empty for a change (POST), which is answered with a redirect."""

    path: str
    method: str
    template: str
    role: UserRole
    function: View


@dataclass
class Page:
    """A page. Each module of dashboard/pages has a constant `PAGE`.

    `order` is the position in the navigation (0: not in it), `key` the letter that opens the page after `g`, `icon` an
    icon of templates/sprite.html, `on_phone` whether the navigation bar of phones contains it. `badge` counts what
    needs a person on the page. `within` names the page of the navigation that a page outside it belongs to.
    """

    name: str
    title: Text
    order: int = 0
    icon: str = ""
    key: str = ""
    on_phone: bool = False
    within: str = ""
    role: UserRole = UserRole.VIEWER
    badge: Callable[[PageRequest], int] | None = None
    routes: list[Route] = field(default_factory=list)

    def get(self, path: str, template: str, *, role: UserRole | None = None) -> Callable[[View], View]:
        """Registers a function for `path` in Flask's syntax; `template` is shown with the context that it returns."""
        return self._route(path, "GET", template, role or self.role)

    def post(self, path: str, *, role: UserRole = UserRole.OPERATOR) -> Callable[[View], View]:
        """Registers a change for a form sent to `path`; the function returns the address to open next."""
        return self._route(path, "POST", "", role)

    @property
    def path(self) -> str:
        """The first address: that of the page itself."""
        return self.routes[0].path

    @property
    def endpoint(self) -> str:
        """The name of the first address, for `url_for`."""
        return self.endpoint_of(self.routes[0])

    def endpoint_of(self, route: Route) -> str:
        """The name of an address for `url_for`: page and function, such as `incidents.show`."""
        return f"{self.name}.{route.function.__name__}"

    def _route(self, path: str, method: str, template: str, role: UserRole) -> Callable[[View], View]:
        def register(function: View) -> View:
            self.routes.append(Route(path, method, template, role, function))
            return function

        return register
