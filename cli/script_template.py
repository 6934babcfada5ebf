"""The files that `hinomi actions new` writes: a manifest, a script and tests to fill in. They are valid unchanged."""

from __future__ import annotations

MANIFEST = """\
# The manifest of a script (docs/scripts.md). `hinomi actions check` checks it.
name: {name}
description: Describe here what the script repairs.

# A list of arguments, never a line for a shell. {{parameter}} is replaced by a checked value.
command: [python, run.py, '--resource={{resource}}', '--attempts={{attempts}}']

parameters:
  # A string needs a pattern that the whole value matches (RE2). `from` takes the value from the incident.
  resource: {{type: string, pattern: '[A-Za-z0-9][A-Za-z0-9._/:-]*', max_length: 200, from: resource}}
  attempts: {{type: integer, min: 1, max: 5, default: 2}}
  # mode: {{type: enum, values: [soft, hard], default: soft}}
  # force: {{type: boolean, default: false}}

# Environment variables of the script. The value of TOKEN comes from HINOMI_SCRIPT_SECRET_TOKEN.
# secrets: [TOKEN]

# The script is killed after this time, with everything that it started.
time_limit: 1m

# true if it may run again when the result of an attempt is unknown.
idempotent: false

# undo: name_of_another_script

# IAM permissions of its account where it runs as a Cloud Run job. A Dockerfile in this folder gives that job an image of its own.
# permissions: [dataflow.jobs.cancel]

# The worker on-premises that runs it: `hinomi worker actions --name onprem`.
# worker: onprem
"""

SCRIPT = '''\
"""Repairs one fault. Exit code 0: done; 75: try again later; any other: failed."""

from __future__ import annotations

import argparse
import sys


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--resource", required=True)
    parser.add_argument("--attempts", type=int, required=True)
    options = parser.parse_args()
    # What is printed here is shown on the incident; secrets are replaced.
    print(f"would repair {options.resource} in at most {options.attempts} attempts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''

TESTS = """\
# Parameters, and the command that they lead to. `hinomi actions check` runs these tests; they start no process.
tests:
  - name: the resource comes from the incident
    incident: {resource: sales.orders}
    command: [python, run.py, '--resource=sales.orders', '--attempts=2']

  - name: too many attempts are rejected
    incident: {resource: sales.orders}
    parameters: {attempts: 6}
    rejected: not within 1–5

  - name: a resource with the signs of a shell is rejected
    incident: {resource: 'x; rm -rf /'}
    rejected: does not match
"""
