"""The entry point of a script's Cloud Run job: runs the script and writes one log entry with its output.

The parameters come from the environment of the execution. They are checked again, because everybody who may run the job can set them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from handlers.scripts import catalogue, command, local, values
from handlers.scripts.process import ProcessResult
from shared import config
from shared.errors import InputError

TIMED_OUT, INVALID = 124, 2


def main() -> int:
    """Runs the script of HINOMI_SCRIPT; returns its exit code, or 124 at its time limit."""
    of_run = config.variables("HINOMI_SCRIPT")
    try:
        result, text = _run(of_run.get("", ""), config.variables(command.PARAMETER))
    except InputError as error:
        _write({"severity": "ERROR", "message": str(error), "hinomi_script_key": of_run.get("_KEY", "")})
        return INVALID
    report = {"output": text, "exit": result.code, "seconds": round(result.seconds, 3), "timed_out": result.timed_out}
    severity = "ERROR" if result.code else "INFO"
    _write({"severity": severity, "message": text[-1000:], "hinomi_script_key": of_run.get("_KEY", ""), **report})
    if result.timed_out:
        return TIMED_OUT
    return result.code if result.code >= 0 else local.SIGNALLED - result.code


def _run(name: str, given: Mapping[str, str]) -> tuple[ProcessResult, str]:
    settings = config.load()
    script = catalogue.find(settings, name)
    upper = {each.upper(): each for each in script.parameters}
    checked = values.resolved(script, {upper[name]: value for name, value in given.items() if name in upper}, None)
    made = command.call(script, checked)
    secrets = local.secrets_of(made, settings)
    of_run = config.variables("HINOMI_")
    kept = {f"HINOMI_{each}": of_run.get(each, "") for each in ("RUN_ID", "INCIDENT_ID")}
    result = local.run(made, settings.actions_folder, secrets, variables={**kept, "HINOMI_SCRIPT": name})
    return result, local.output_text(result, secrets)


def _write(entry: Mapping[str, object]) -> None:
    """Writes one structured log entry (cloud.google.com/run/docs/logging)."""
    sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
