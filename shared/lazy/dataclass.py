"""A dataclass that is finished on its first use.

`dataclasses.dataclass` writes and compiles up to six methods for each class, which takes half a millisecond or more, and
a fifth of it to look at the fields. When a function or a command starts, dozens of classes are imported but few are
instantiated, and most of these once, so the fields are read when one is used, and a method is compiled when it is used
often. Use this decorator in modules that are imported then; elsewhere, the standard one is as good.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]

CALLS_WITHOUT_COMPILING = 64  # compiling a method takes as long as so many calls of its slower equivalent
_NO_ANSWER = object()
_DOC = "Alike."  # of a class without one, the standard library writes the signature, which takes a millisecond
_ATTRIBUTES = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True) -> Any:
        """Decorates a class like `dataclasses.dataclass`, with instances that are alike in everything.

        Only `inspect.signature` does not know the parameters of a class before some instances exist, and a mistake in the
        fields is an error of the first instance. A class that inherits from another class, or has class variables among
        its fields, is one of the standard library.
        """
        if cls is None:
            return lambda decorated: dataclass(decorated, frozen=frozen, slots=slots, eq=eq)
        names = inspect.get_annotations(cls)
        if cls.__bases__ != (object,) or any("Var" in str(each) for each in names.values()):
            return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq)(cls)
        return _decorated(cls, names, frozen=frozen, slots=slots, eq=eq)


def _decorated(cls: type, names: dict[str, Any], *, frozen: bool, slots: bool, eq: bool) -> Any:
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    made: Any = _with_slots(cls, tuple(names)) if slots else _with_defaults(cls, defaults)
    fields = _Fields(made, {"__annotations__": names, "__module__": cls.__module__, **defaults}, frozen=frozen, eq=eq)
    for name in _ATTRIBUTES:
        if name not in cls.__dict__:
            setattr(made, name, _Attribute(fields, name))
    compared = ("__eq__", "__hash__") if frozen else ("__eq__",)
    for name in ("__init__", "__repr__", *compared) if eq else ("__init__", "__repr__"):
        if name not in cls.__dict__:
            setattr(made, name, _compiled_later(made, name, frozen=frozen))
    if frozen:
        made.__setattr__, made.__delattr__ = _no_assignment, _no_deletion
        made.__getstate__, made.__setstate__ = _state, _set_state
    elif eq:
        made.__hash__ = None
    return made


def _with_slots(cls: type, names: tuple[str, ...]) -> type:
    """The class again with slots, which can only be set when a class is created."""
    content = {name: value for name, value in cls.__dict__.items() if name not in (*names, "__dict__", "__weakref__")}
    made = type(cls)(cls.__name__, cls.__bases__, {**content, "__slots__": names})
    made.__qualname__ = cls.__qualname__
    return made


def _with_defaults(cls: type, defaults: Mapping[str, Any]) -> type:
    """The class with the default of each field instead of its description."""
    for name, value in defaults.items():
        if isinstance(value, dataclasses.Field):
            if value.default is dataclasses.MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, value.default)
    return cls


class _Fields:
    """The standard library's description of the fields of a class, read on first use."""

    def __init__(self, cls: type, content: dict[str, Any], *, frozen: bool, eq: bool) -> None:
        self._cls, self._content, self._options = cls, content, {"frozen": frozen, "eq": eq}

    def find(self) -> None:
        """Sets the attributes of the class."""
        alike: Any = type(self._cls.__name__, (), {"__doc__": _DOC, **self._content})
        alike = dataclasses.dataclass(init=False, repr=False, eq=False)(alike)
        params = alike.__dataclass_params__
        params.init = params.repr = True
        params.frozen, params.eq = self._options["frozen"], self._options["eq"]
        for name in _ATTRIBUTES:
            if isinstance(self._cls.__dict__.get(name), _Attribute):
                setattr(self._cls, name, getattr(alike, name))


class _Attribute:
    """An attribute of a class that is created when it is read."""

    def __init__(self, fields: _Fields, name: str) -> None:
        self._fields, self._name = fields, name

    def __get__(self, instance: object, owner: type) -> Any:
        self._fields.find()
        return getattr(owner, self._name)


def _compiled_later(cls: type[Any], name: str, *, frozen: bool) -> Callable[..., Any]:
    """A method that behaves like the compiled one for a few calls, and then replaces itself with it."""
    generic, calls = _GENERIC.get(name), 0

    def method(self: Any, *args: Any, **values: Any) -> Any:
        nonlocal calls
        calls += 1
        if generic is not None and calls <= CALLS_WITHOUT_COMPILING:
            answer = generic(cls, self, *args, **values)
            if answer is not _NO_ANSWER:
                return answer
        setattr(cls, name, _compiled(cls, name, frozen=frozen))
        return getattr(self, name)(*args, **values)

    return method


def _init(cls: type[Any], self: Any, /, *args: Any, **values: Any) -> Any:
    """Sets the fields of a new instance; leaves invalid arguments and unusual fields to the compiled method."""
    fields, named = dataclasses.fields(cls), cls.__dataclass_fields__.keys()
    if len(fields) < len(named) or not all(each.init for each in fields) or any(each.kw_only for each in fields):
        return _NO_ANSWER
    values_by_name = dict(zip(named, args, strict=False))
    if len(args) > len(fields) or values.keys() & values_by_name.keys() or values.keys() - named:
        return _NO_ANSWER
    values_by_name |= values
    for each in fields:
        if each.name not in values_by_name:
            if each.default_factory is not dataclasses.MISSING:
                values_by_name[each.name] = each.default_factory()
            elif each.default is not dataclasses.MISSING:
                values_by_name[each.name] = each.default
            else:
                return _NO_ANSWER
    assign = object.__setattr__ if cls.__dataclass_params__.frozen else setattr
    for name, value in values_by_name.items():
        assign(self, name, value)
    if hasattr(cls, "__post_init__"):
        self.__post_init__()
    return None


def _eq(cls: type[Any], self: Any, other: object, /) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return _compared(cls, self) == _compared(cls, other)


def _hash(cls: type[Any], self: Any, /) -> Any:
    if any(each.hash is not None for each in dataclasses.fields(cls)):
        return _NO_ANSWER
    return hash(_compared(cls, self))


def _compared(cls: type[Any], instance: object) -> tuple[Any, ...]:
    """The values that decide whether two instances are equal."""
    return tuple(getattr(instance, each.name) for each in dataclasses.fields(cls) if each.compare)


_GENERIC: dict[str, Callable[..., Any]] = {"__init__": _init, "__eq__": _eq, "__hash__": _hash}


def _compiled(cls: type[Any], name: str, *, frozen: bool) -> Callable[..., Any]:
    """The method that the standard library writes for a class with the same fields."""
    fields = [(each.name, each.type, each) for each in dataclasses.fields(cls)]
    later = {"__post_init__": cls.__post_init__} if hasattr(cls, "__post_init__") else {}
    is_init = name == "__init__"
    alike = dataclasses.make_dataclass(
        cls.__name__,
        fields,
        namespace={"__doc__": _DOC, **later},
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
