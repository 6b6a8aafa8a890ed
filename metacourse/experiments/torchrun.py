"""A function of a notebook runs in several processes, which leave nothing behind."""

import inspect
import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from safetensors.torch import load_file

from metacourse.nets import Params

LONGEST = 240  # seconds that processes may take on a very busy machine
LAST = 60  # seconds that torchrun may take to end them
HERE = "--standalone", "--local-addr=localhost"  # not all machines know themselves by their name
PROGRAM = """
if __name__ == "__main__":
    import os, sys
    from safetensors.torch import save_file

    found = {name}()
    if os.environ["RANK"] == "0":
        save_file({{n: t.detach().clone() for n, t in found.items()}}, sys.argv[1])
"""


def in_processes(
    program: Callable[[], Params], *, n_processes: int = 2, n_restarts: int = 0
) -> Params | None:
    """Write a program to a file of its own, let torchrun start it in several processes, and return
    what it returns in the first; print what it says.

    program: a function that brings its own imports. Where that does not work, as on a machine that
    lets no process listen, a sentence says so and None is returned.
    """
    try:
        meet()
        with TemporaryDirectory(prefix="metacourse-") as name:
            source = textwrap.dedent(inspect.getsource(program))
            path = Path(name, f"{program.__name__}.py")
            path.write_text(source + PROGRAM.format(name=program.__name__), encoding="utf-8")
            how = [*HERE, f"--nproc-per-node={n_processes}", f"--max-restarts={n_restarts}"]
            how.append(path.name)
            print("$ torchrun", *how)
            started = started_by_torchrun(how, path.parent)
            if started.returncode == 0:
                print(started.stdout, end="")
                return load_file(Path(name, "found"))
            reason = last_error(started.stderr)
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = type(error).__name__
    print(f"Several processes cannot work together here ({reason}).")
    print("The notebook goes on without them; its text says what they show.")
    return None


def meet() -> None:
    """Raises OSError if a program cannot talk to another on this machine: torchrun would wait."""
    with socket.create_server(("localhost", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=LAST).close()


def started_by_torchrun(how: list[str], folder: Path) -> subprocess.CompletedProcess:
    """Run a program in its folder, in which it leaves what it finds, and torchrun what it notes."""
    command = [sys.executable, "-m", "torch.distributed.run", *how, "found"]
    paths = os.pathsep.join(filter(None, sys.path))
    own = {"OMP_NUM_THREADS": "1", "PYTHONPATH": paths, "TMPDIR": str(folder)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, env=os.environ | own, **pipes) as torchrun:
        try:
            said = torchrun.communicate(timeout=LONGEST)
        except BaseException:  # an interrupt as well
            end(torchrun)
            raise
    return subprocess.CompletedProcess(command, torchrun.returncode, *said)


def end(torchrun: subprocess.Popen) -> None:
    """Ask torchrun to end its processes and itself: killed, it would leave them behind."""
    torchrun.terminate()
    try:
        torchrun.wait(LAST)
    except subprocess.TimeoutExpired:
        torchrun.kill()


def last_error(said: str) -> str:
    """The last line that names an error, but for torchrun's own, that there was one."""
    lines = [line.strip() for line in said.splitlines() if "Error" in line]
    named = [line for line in lines if "ChildFailedError" not in line]
    return named[-1][-120:] if named else "no reason given"
