"""A dataclass whose methods are compiled on first use.

`dataclasses.dataclass` writes and compiles up to six methods for each class, which takes half a millisecond or more. At
start-up, dozens of classes are imported but few are instantiated, so the methods of the others are never compiled. Use
this decorator in modules that are imported at start-up; elsewhere, the standard one is as good.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False) -> Any:
        """Decorates a class like `dataclasses.dataclass`, with instances that are alike in everything.

        Only `inspect.signature` does not know the parameters of a class before its first instance. A class that inherits
        from another dataclass is one of the standard library.
        """
        if cls is None:
            return lambda decorated: dataclass(decorated, frozen=frozen, slots=slots)
        if any(map(dataclasses.is_dataclass, cls.__bases__)):
            return dataclasses.dataclass(frozen=frozen, slots=slots)(cls)
        made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
        made.__dataclass_params__.frozen = (
            frozen  # the standard library reads it when another class inherits from this one
        )
        for name in ("__init__", "__repr__", "__eq__", "__hash__") if frozen else ("__init__", "__repr__", "__eq__"):
            if name not in cls.__dict__:
                setattr(made, name, _compiled_later(made, name, frozen=frozen))
        if frozen:
            made.__setattr__, made.__delattr__ = _no_assignment, _no_deletion
            made.__getstate__, made.__setstate__ = _state, _set_state
        else:
            made.__hash__ = None
        return made


def _compiled_later(cls: type[Any], name: str, *, frozen: bool) -> Callable[..., Any]:
    """A method that replaces itself with the compiled one when it is called first."""

    def method(self: Any, *args: Any, **values: Any) -> Any:
        setattr(cls, name, _compiled(cls, name, frozen=frozen))
        return getattr(self, name)(*args, **values)

    return method


def _compiled(cls: type[Any], name: str, *, frozen: bool) -> Callable[..., Any]:
    """The method that the standard library writes for a class with the same fields."""
    fields = [(each.name, each.type, each) for each in dataclasses.fields(cls)]
    later = {"__post_init__": cls.__post_init__} if hasattr(cls, "__post_init__") else {}
    is_init = name == "__init__"
    alike = dataclasses.make_dataclass(
        cls.__name__,
        fields,
        namespace=later,
        init=is_init,
        repr=name == "__repr__",
        eq=not is_init,
        frozen=frozen,
    )
    found: Callable[..., Any] = getattr(alike, name)
    return found


def _no_assignment(_self: object, name: str, _value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _no_deletion(_self: object, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    """The values of the fields, for copies and pickles: they cannot be assigned one by one."""
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _set_state(self: Any, values: list[Any]) -> None:
    for each, value in zip(dataclasses.fields(self), values, strict=True):
        object.__setattr__(self, each.name, value)
