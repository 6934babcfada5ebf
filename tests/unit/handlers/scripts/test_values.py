"""Parameter values come from logs: whatever they contain, each stays one argument of the declared command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handlers.scripts import command, values
from handlers.scripts.script import ParameterType, Script, ScriptParameter
from shared.errors import InputError
from tests.support.incidents import incident

TEXT = ScriptParameter(ParameterType.STRING, pattern=r"(?s).*", max_length=20, source="label.dag_id")
NAME = replace(TEXT, pattern=r"[a-z_]+")
COUNT = ScriptParameter(ParameterType.INTEGER, minimum=-5, maximum=5)
LEVEL = ScriptParameter(ParameterType.ENUM, values=("low", "--high"))
FLAG = ScriptParameter(ParameterType.BOOLEAN)


def script(arguments: tuple[str, ...] = ("./run.sh", "--dag={dag_id}"), **parameters: ScriptParameter) -> Script:
    return Script("clear", "Clears.", arguments, parameters or {"dag_id": TEXT})


@pytest.mark.parametrize(
    ("parameter", "value", "problem"),
    [
        (TEXT, "a\nb", "control or invisible character U+000A"),
        (TEXT, "a\x00", "U+0000"),
        (TEXT, "a\x1b[2J", "U+001B"),
        (TEXT, "a\u202eb", "U+202E"),
        (TEXT, "a\u2028b", "U+2028"),
        (TEXT, "a\ud800", "U+D800"),
        (TEXT, "a\u200bb", "U+200B"),
        (TEXT, "x" * 21, "has 21 characters: at most 20"),
        (TEXT, "x" * 5_000_000, "has 5000000 characters"),
        (TEXT, ["a"], "takes text, a whole number, true or false"),
        (TEXT, 1.5, "takes text, a whole number"),
        (NAME, "a;rm", "the value 'a;rm' of 'p' does not match [a-z_]+"),
        (NAME, "aé", "does not match"),
        (NAME, "", "does not match"),
        (COUNT, "6", "the value 6 of 'p' is not within -5–5"),
        (COUNT, "-6", "is not within"),
        (COUNT, "1e3", "is not a whole number"),
        (COUNT, "٣", "is not a whole number"),
        (COUNT, "1 ", "is not a whole number"),
        (COUNT, True, "is not a whole number"),
        (COUNT, 10**30, "is not a whole number"),
        (LEVEL, "lo", "the value 'lo' of 'p' is not allowed: did you mean 'low'?"),
        (FLAG, "yes", "the value 'yes' of 'p' is not true or false"),
        (FLAG, 1, "is not true or false"),
    ],
)
def test_a_value_that_exceeds_a_limit_is_rejected(parameter: ScriptParameter, value: Any, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        values.check("p", parameter, value)
    assert problem in caught.value.message
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("parameter", "value", "text"),
    [
        (NAME, "load_mart", "load_mart"),
        (COUNT, -5, "-5"),
        (COUNT, "3", "3"),
        (FLAG, False, "false"),
        (LEVEL, "low", "low"),
    ],
)
def test_a_valid_value_is_text(parameter: ScriptParameter, value: Any, text: str) -> None:
    assert values.check("p", parameter, value) == text


def test_a_pattern_that_would_take_years_takes_no_time() -> None:
    slow = replace(TEXT, pattern="(a+)+$", max_length=4_000)
    assert not values.matches(slow.pattern, "a" * 3_999 + "!")


@pytest.mark.parametrize(
    "value", ["$(id)", "`id`", "a b", "'; id #", '"', "{count}", "{0.__class__}", "%s", "*", "~", "日本"]
)
def test_a_value_with_the_signs_of_a_shell_or_a_template_is_one_argument(value: str) -> None:
    call = command.call(script(), {"dag_id": values.check("dag_id", TEXT, value)})
    assert call.arguments == ("./run.sh", f"--dag={value}")
    assert call.variables == {"PARAM_DAG_ID": value}


@pytest.mark.parametrize(
    ("arguments", "name", "value", "accepted"),
    [
        (("./run.sh", "{p}"), "p", "--all", False),
        (("./run.sh", "{p}"), "p", "-x", False),
        (("./run.sh", "{p}.txt"), "p", "-x", False),
        (("./run.sh", "--dag", "{p}"), "p", "-x", False),
        (("./run.sh", "--dag={p}"), "p", "-x", True),
        (("./run.sh", "--", "{p}"), "p", "-x", True),
        (("./run.sh", "{count}"), "count", "-5", False),
        (("./run.sh", "{level}"), "level", "--high", True),  # the manifest itself lists it
    ],
)
def test_a_value_never_becomes_an_option(arguments: tuple[str, ...], name: str, value: str, *, accepted: bool) -> None:
    parameters = {name: {"count": COUNT, "level": LEVEL}.get(name, TEXT)}
    made = script(arguments, **parameters)
    if accepted:
        assert command.call(made, {name: value}).arguments[-1].endswith(value)
        return
    with pytest.raises(InputError, match=f"the value '{value}.*' of '{name}' would be read as an option"):
        command.call(made, {name: value})


def test_values_come_from_the_rule_the_incident_and_the_default() -> None:
    made = script(
        dag_id=NAME,
        owner=replace(TEXT, source="", default="nobody"),
        where=replace(TEXT, source="resource"),
        team=replace(TEXT, source="label.team", default="data"),
        count=COUNT,
    )
    view = incident(labels={"dag_id": "load_mart", "runs": "3"}, resource="mart")
    given = {"count": {"from": "label.runs"}}
    assert values.resolved(made, given, view) == {
        "dag_id": "load_mart",
        "owner": "nobody",
        "where": "mart",
        "team": "data",
        "count": "3",
    }


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"dag": "x"}, "the script 'clear' has no parameter 'dag': did you mean 'dag_id'?"),
        ({"dag_id": {"from": "label."}}, "an incident has no 'label.'"),
        ({"dag_id": {"from": "resorce"}}, "an incident has no 'resorce': did you mean 'resource'?"),
        ({"dag_id": {"from": "labels"}}, "an incident has no 'labels'"),
        ({"dag_id": {"from": "__class__"}}, "an incident has no '__class__'"),
        ({"dag_id": {"form": "label.x"}}, "takes a value, or a source such as {from: label.dag_id}"),
        ({"dag_id": "x" * 30}, "has 30 characters"),
    ],
)
def test_a_wrong_parameter_of_a_rule_is_found_without_an_incident(given: dict[str, Any], problem: str) -> None:
    assert problem in values.problem_of_given(script(), given).en
    with pytest.raises(InputError):
        values.resolved(script(), given, incident(labels={"x": "1"}))


def test_a_label_that_the_incident_lacks_is_named() -> None:
    with pytest.raises(InputError, match=r"'dag_id' needs a value: the incident has no label.dag_id"):
        values.resolved(script(), {}, incident(labels={}))
    assert (
        values.problem_of_given(script(dag_id=replace(NAME, source="")), {}).en
        == "the parameter 'dag_id' needs a value"
    )
