"""deploy.sh is killed, or a call is denied, and it runs again: the result is that of an uninterrupted run.

If it was killed between two gcloud commands, the planner alone decides how the next run continues; within a command,
gcloud does too. `EXHAUSTIVE=1` injects a failure into each call of a real run (test_deploy_exhaustive.py).
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.support import zygote
from tests.support.deployment import Undisturbed, finish

pytestmark = pytest.mark.slow


def test_after_a_kill_between_two_commands_the_next_run_completes_the_deployment(undisturbed: Undisturbed) -> None:
    assert [words[:3] for words in undisturbed.repeated()] == [["run", "jobs", "execute"]]


def test_after_a_failure_within_a_command_the_next_runs_complete_it(undisturbed: Undisturbed) -> None:
    """A call takes effect, and the script is killed before the response. In the next run, the following call is denied."""
    assert len(undisturbed.half_done) > 2
    for half in undisturbed.half_done:
        finish(undisturbed.made, half)


@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="without /proc, the streams of a command are not looked up"
)
def test_a_command_whose_script_was_killed_at_its_start_holds_up_no_other_command(tmp_path: Path) -> None:
    """The input of the command is a named pipe that nobody writes to any more: the command ends, and nobody reads its output."""
    os.mkfifo(tmp_path / "phases")
    reading = os.open(tmp_path / "phases", os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(tmp_path / "phases", os.O_WRONLY)
    read: list[bytes] = []

    def read_input() -> None:
        stream = zygote.opened(f"/proc/self/fd/{reading}", os.O_RDONLY)
        read.append(os.read(stream, 1))
        os.close(stream)

    os.close(writing)
    thread = threading.Thread(target=read_input, daemon=True)
    thread.start()
    thread.join(30)
    os.close(reading)
    assert read == [b""]
    with pytest.raises(OSError, match="No such device or address"):
        zygote.opened(str(tmp_path / "phases"), os.O_WRONLY)
