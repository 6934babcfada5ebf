"""Handler rules at the terminal."""

from __future__ import annotations

import pytest

from cli.views import output
from cli.views.handlers import print_handler_rules
from handlers.spec import HandlerSpec


def test_parameters_are_shown_as_handlers_yaml_has_them(capsys: pytest.CaptureFixture[str]) -> None:
    rule = HandlerSpec("load", "run_script", params={"script": "load", "parameters": {"full": True, "days": [1, 2]}})
    print_handler_rules(output.console(), [rule], [], output.zone("UTC"))
    assert 'with  script load, parameters {"full": true, "days": [1, 2]}' in capsys.readouterr().out
