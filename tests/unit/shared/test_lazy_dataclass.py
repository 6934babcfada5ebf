"""A class of shared/lazy/dataclass.py behaves like one of the standard library, and compiles nothing before first use."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import dataclass as standard
from dataclasses import field
from typing import Any, ClassVar

import pytest

from shared.lazy.dataclass import CALLS_WITHOUT_COMPILING
from shared.lazy.dataclass import dataclass as lazy


@lazy(frozen=True, slots=True)
class Place:
    """A class at module level, which pickle can find by its name."""

    name: str
    tags: dict[str, int] = field(default_factory=dict, compare=False)


def _made(decorate: Callable[..., Any], options: dict[str, bool]) -> Any:
    """A class with every kind of field."""

    class Thing:
        """A thing."""

        name: str
        size: int = 1
        tags: list[str] = field(default_factory=list)
        hidden: str = field(default="h", repr=False, compare=False)
        doubled: int = field(init=False, default=0)

        def __post_init__(self) -> None:
            object.__setattr__(self, "doubled", self.size * 2)

        def __contains__(self, tag: str) -> bool:
            return tag in self.tags

    Thing.__qualname__ = "Thing"
    return decorate(**options)(Thing) if options else decorate(Thing)


def _seen(cls: Any) -> list[Any]:
    """The public attributes of the class."""
    first, second = cls("a", tags=["x"]), cls("a", 1, ["x"], "other")
    changed = dataclasses.replace(first, size=3)
    return [
        repr(first),
        first == second,
        first == changed,
        first != object(),
        "x" in first,
        dataclasses.asdict(changed),
        dataclasses.astuple(second),
        [each.name for each in dataclasses.fields(cls)],
        cls.__match_args__,
        cls("a").tags is cls("a").tags,
        copy.deepcopy(changed) == changed,
        copy.copy(changed).doubled,
        cls.__doc__,
        _message(cls),
        _message(lambda: cls("a", unknown=1)),
        _message(lambda: hash(cls("a", 1, ()))) in {"", "unhashable type: 'Thing'"},
        _message(lambda: setattr(first, "size", 2)),
        _message(lambda: delattr(second, "size")),
        _message(lambda: setattr(first, "unknown", 2)),
    ]


def _message(act: Callable[[], Any]) -> str:
    """The message of the error that the function raises; empty if it raises none."""
    try:
        act()
    except (TypeError, AttributeError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"slots": True},
        {"frozen": True},
        {"frozen": True, "slots": True},
        {"frozen": True, "eq": False},
        {"eq": False},
    ],
    ids="-".join,
)
def test_it_is_alike_in_everything(options: dict[str, bool]) -> None:
    expected, found = _seen(_made(standard, options)), _seen(_made(lazy, options))
    if options.get("slots") and options.get("frozen"):  # the standard library has a message about `super` here
        expected[-1] = found[-1] = ""
    assert found == expected


def test_equal_instances_have_one_hash_and_survive_a_pickle() -> None:
    place = Place("a", {"x": 1})
    assert hash(place) == hash(Place("a"))
    assert {place: 1}[Place("a")] == 1
    copied = pickle.loads(pickle.dumps(place))  # noqa: S301 - its own bytes
    assert (copied, copied.tags) == (place, {"x": 1})


def test_a_class_that_inherits_from_one_has_the_fields_of_both() -> None:
    @lazy(frozen=True, slots=True)
    class Town(Place):
        people: int = 0

    town = Town("a", people=3)
    assert repr(town).endswith("Town(name='a', tags={}, people=3)")
    with pytest.raises(dataclasses.FrozenInstanceError):
        town.people = 4  # type: ignore[misc]


def _simple(decorate: Callable[..., Any], options: dict[str, bool]) -> Any:
    class Thing:
        name: str
        size: int = 1
        tags: list[str] = field(default_factory=list)

    return decorate(**options)(Thing) if options else decorate(Thing)


def test_methods_are_compiled_when_they_are_used_often() -> None:
    made = _simple(lazy, {"frozen": True})
    before = {name: getattr(made, name) for name in ("__init__", "__repr__", "__eq__", "__hash__")}
    assert {each.__qualname__ for each in before.values()} == {"_compiled_later.<locals>.method"}
    few = [made(str(number)) for number in range(CALLS_WITHOUT_COMPILING)]
    assert made.__init__ is before["__init__"]
    many = [made(str(number)) for number in range(CALLS_WITHOUT_COMPILING)]
    assert made.__init__ is not before["__init__"]
    assert many == few
    assert made.__eq__ is before["__eq__"]
    assert many == few
    assert made.__eq__ is not before["__eq__"]
    assert many[0] != few[1]


@pytest.mark.parametrize("options", [{}, {"frozen": True, "slots": True}], ids="-".join)
@pytest.mark.parametrize(
    "make",
    [
        lambda cls: cls(),
        lambda cls: cls("a", 1, 2, 3, 4),
        lambda cls: cls("a", name="b"),
        lambda cls: cls("a", other=1),
    ],
)
def test_arguments_that_do_not_fit_are_rejected_like_by_the_standard_library(
    options: dict[str, bool], make: Callable[[Any], Any]
) -> None:
    def message(cls: Any) -> str:
        with pytest.raises(TypeError) as caught:
            make(cls)
        return str(caught.value).rpartition(".")[2]

    assert message(_simple(lazy, options)) == message(_simple(standard, options))


def test_unusual_fields_are_those_of_the_standard_library() -> None:
    def class_of(decorate: Any) -> Any:
        class Thing:
            kind: ClassVar[str] = "k"
            name: str = field(kw_only=True)
            key: int = field(default=1, hash=False)

        return decorate(frozen=True)(Thing)

    first, second = class_of(lazy)(3, name="a"), class_of(standard)(3, name="a")
    assert repr(first) == repr(second)
    assert hash(first) == hash(second) == hash(("a",))
