"""Checks whether an action or a notifier is complete: documentation, parameters, permissions, texts and settings.

An incomplete plug-in is not deployed, and a test names the missing parts. No function runs this code.
"""

from __future__ import annotations

import ast
import inspect
import re
import string
import types
from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from handlers import registry
from handlers.context import Action
from handlers.remediations.contract import is_planned
from shared.config import Settings
from shared.errors import InputError
from shared.setting import Setting
from shared.texts import EMPTY, LANGUAGES, Plural, Template, Text

_PERMISSION = re.compile(r"[a-z0-9]+(\.[a-zA-Z0-9]+){2,}")
_VARIABLE = re.compile(r"HINOMI_[A-Z0-9_]*(<[A-Z]+>[A-Z0-9_]*|\[_<[A-Z]+>\])?")
_LOOKS_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|WEBHOOK_URL|API_KEY")
# Calls whose first argument is a text for people.
_SPEAKING = (
    *("ActionResult", "ActionError", "TargetRefusedError", "ConflictError", "ChannelError", "MessageRejectedError"),
    *("InputError", "TransientError", "PermanentError", "Plan", "Call", "Done"),
)

_LISTS = ("SETTINGS", "SECRETS")
_GIVEN = ("context", "params")
_ARGUMENTS = {
    "target": ("incident", "params"),
    "run": _GIVEN,
    "plan": _GIVEN,
    "apply": (*_GIVEN, "plan"),
    "verify": (*_GIVEN, "plan"),
    "undo": (*_GIVEN, "undo"),
    "unneeded": ("patterns", "rules"),
}


def problems(name: str) -> list[str]:
    """The missing parts of the plug-in with that name, one sentence each; empty if it is complete."""
    try:
        plugin = registry.find(name)
    except InputError as error:
        return [error.message]
    checks = (
        _identity,
        _documentation,
        _parameters,
        _permissions,
        _work,
        _declared,
        _settings,
        _texts,
        _spoken,
        _test_message,
    )
    return [problem for check in checks for problem in check(name, plugin)]


def _identity(name: str, plugin: Action) -> Iterator[str]:
    if name != plugin.NAME:
        yield f"NAME is '{plugin.NAME}' and not '{name}'"


def _documentation(_name: str, plugin: Action) -> Iterator[str]:
    summary, _, body = (plugin.__doc__ or "").strip().partition("\n")
    if not summary.endswith("."):
        yield "the module has no docstring that begins with a sentence in one line: it is the documentation"
    elif not body.strip():
        yield "the module's docstring has no paragraph behind its first line: say what it changes and when it fails"


def _parameters(_name: str, plugin: Action) -> Iterator[str]:
    if not is_dataclass(plugin.Params):
        yield "Params is not a dataclass"
        return
    for item in fields(plugin.Params):
        if not item.metadata.get("doc"):
            yield f"the parameter '{item.name}' has no documentation: use handlers.context.parameter"


def _permissions(_name: str, plugin: Action) -> Iterator[str]:
    for part in ("PERMISSIONS", "DRY_RUN_PERMISSIONS"):
        declared = getattr(plugin, part, ())
        if not isinstance(declared, tuple):
            yield f"{part} is not a tuple"
            continue
        wrong = [each for each in declared if not _PERMISSION.fullmatch(str(each))]
        yield from (f"{part}: '{each}' is not an IAM permission" for each in wrong)
    for part in ("DRY_RUN_PERMISSIONS", "JOB_PERMISSIONS"):
        for each in getattr(plugin, part, ()):
            if each not in plugin.PERMISSIONS:
                yield f"{part}: '{each}' is not in PERMISSIONS"
    by_service = getattr(plugin, "PERMISSIONS_BY_SERVICE", None)
    if by_service is not None and {each for names in by_service.values() for each in names} != set(plugin.PERMISSIONS):
        yield "PERMISSIONS_BY_SERVICE: all services together are not PERMISSIONS"


def _work(name: str, plugin: Action) -> Iterator[str]:
    """The functions that do the work: a remediation of this package has a plan."""
    source = registry.plugins()[name]
    if source.part == registry.ACTIONS and not source.package and not is_planned(plugin):
        yield "a remediation has plan, apply and verify: handlers/remediations/contract.py"
    for part, arguments in _ARGUMENTS.items():
        function = getattr(plugin, part, None)
        if function is not None and tuple(inspect.signature(function).parameters) != arguments:
            yield f"{part} does not have the arguments {', '.join(arguments)}"


def _declared(_name: str, plugin: Action) -> Iterator[str]:
    """Settings that no list has, so that deploy.sh would not hand them to a function."""
    yield from (f"{part} is not a tuple" for part in _LISTS if not isinstance(getattr(plugin, part, ()), tuple))
    listed = [each for part in _LISTS for each in _listed(plugin, part)]
    for name, value in vars(plugin).items():
        if isinstance(value, Setting) and value not in listed:
            yield f"{name} ({value.variable}) is neither in SETTINGS nor in SECRETS, so it would not be deployed"


def _listed(plugin: Action, part: str) -> tuple[Any, ...]:
    listed = getattr(plugin, part, ())
    return listed if isinstance(listed, tuple) else ()


def _settings(_name: str, plugin: Action) -> Iterator[str]:
    own = {f"HINOMI_{item.name.upper()}" for item in fields(Settings)}
    parameters = {item.name for item in fields(plugin.Params)} if is_dataclass(plugin.Params) else set()
    for part in _LISTS:
        for setting in _listed(plugin, part):
            if not isinstance(setting, Setting) or not _VARIABLE.fullmatch(setting.variable) or not setting.doc:
                yield f"{part}: {getattr(setting, 'variable', setting)!r} is not a Setting with a HINOMI_ variable and a sentence"
                continue
            if setting.variable in own:
                yield f"{part}: {setting.variable} is a setting of Hinomi"
            if setting.of_rule and setting.parameter and setting.parameter not in parameters:
                yield f"{part}: {setting.variable} needs a parameter '{setting.parameter}'"
            if part == "SETTINGS" and _LOOKS_SECRET.search(setting.variable):
                yield f"SETTINGS: {setting.variable} looks like a secret: move it to SECRETS"
    topic = getattr(plugin, "PUBLISHES_TO", None)
    if topic is not None and topic not in getattr(plugin, "SETTINGS", ()):
        yield "PUBLISHES_TO is not one of SETTINGS"


def _texts(_name: str, plugin: Action) -> Iterator[str]:
    for name, text in texts(plugin).items():
        versions = _versions(text)
        yield from (f"{name} is empty in '{language}'" for language, text in versions.items() if not text.strip())
        if wrong := next(filter(None, map(_wrong_placeholder, versions.values())), ""):
            yield f"{name} has {wrong}: a placeholder is a name in braces, such as {{count}}"
        elif len({_placeholders(text) for language, text in versions.items() if language in LANGUAGES}) > 1:
            yield f"{name} has other placeholders in one language than in another"


def _spoken(_name: str, plugin: Action) -> Iterator[str]:
    """Texts for people that are written in the code of a plug-in, and so exist in English only, or lack a value."""
    module = _module(plugin)
    tree = ast.parse(inspect.getsource(module))
    written = {
        name.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_written(node.value, ())
        for name in node.targets
        if isinstance(name, ast.Name)
    }
    lines = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "send_test"), None)
    for node in ast.walk(lines) if lines else ():
        if isinstance(node, ast.Yield) and node.value and _is_written(node.value, written):
            yield f"line {node.lineno}: the text is not a Text or Template of every language"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in _SPEAKING:
            given = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "text")]
            if any(_is_written(value, written) for value in given):
                yield f"line {node.lineno}: the text of {_called(node)} is not a Text or Template of every language"
        elif isinstance(node, ast.Call) and (missing := _missing_values(node, module)):
            yield f"line {node.lineno}: {_called(node)} lacks the value of {', '.join(missing)}"


def _is_written(value: ast.expr, names: Collection[str]) -> bool:
    """Whether an expression is a string of the code: a literal, a string made of one, or one of the names of such strings."""
    match value:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.Name(id=name):
            return name in names
        case ast.BinOp(left=first, right=second) | ast.IfExp(body=first, orelse=second):
            return _is_written(first, names) or _is_written(second, names)
        case ast.Call(func=ast.Attribute(attr="format", value=text)):
            return _is_written(text, names)
    return False


def _missing_values(call: ast.Call, module: types.ModuleType) -> list[str]:
    """The placeholders of a template to which a call gives no value."""
    match call.func:
        case ast.Name(id=name):
            text = getattr(module, name, None)
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            text = getattr(getattr(module, owner, None), name, None)
        case _:
            return []
    given = {keyword.arg for keyword in call.keywords}
    if not isinstance(text, Template | Plural) or None in given:  # None: values of a mapping, **values
        return []
    needed = frozenset[str]().union(*map(_placeholders, _versions(text).values()))
    return sorted(needed - {name for name in given if name})


def _test_message(name: str, plugin: Action) -> Iterator[str]:
    if not registry.is_remediation(name) and not hasattr(plugin, "send_test"):
        yield "a notifier has send_test, for `hinomi notify-test`"


def texts(plugin: Action) -> dict[str, Text | Template | Plural]:
    """The texts of a plug-in by name: those in its module, and in modules of texts that it imports."""
    module = _module(plugin)
    package = module.__name__.partition(".")[0]
    imported = [each for each in vars(module).values() if isinstance(each, types.ModuleType)]
    spoken = [each for each in imported if each.__name__.startswith((f"{package}.", "shared.texts."))]
    return {
        name: value
        for each in (module, *spoken)
        for name, value in vars(each).items()
        if isinstance(value, Text | Template | Plural) and value is not EMPTY
    }


def _module(plugin: Action) -> types.ModuleType:
    assert isinstance(plugin, types.ModuleType)  # noqa: S101 - Action is the protocol of a module
    return plugin


def _versions(text: Text | Template | Plural) -> dict[str, str]:
    if isinstance(text, Plural):
        return {"en": text.many, "en, one": text.one, "ja": text.ja}
    return {"en": text.en, "ja": text.ja}


def _wrong_placeholder(text: str) -> str:
    """A placeholder that cannot be filled, because values are texts by then; empty if each is only a name."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        return f"a wrong brace ({error})"
    for _, name, form, conversion in parts:
        if name is not None and (form or conversion or not name.isidentifier()):
            return f"the placeholder {{{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}}}"
    return ""


def _placeholders(text: str) -> frozenset[str]:
    """The names in braces; none for a text with a wrong brace."""
    try:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
    except ValueError:
        return frozenset()


def _called(call: ast.Call) -> str:
    function = call.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )
