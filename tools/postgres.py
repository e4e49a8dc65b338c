"""Finds PostgreSQL, which the tests of its engine run a private server of; installs it where the machine lets it.

python -m tools.postgres    install it unless it is there, and say so where that is not possible; never fails
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_NEEDED: Final = ("initdb", "postgres")
_DEBIAN: Final = Path("/usr/lib/postgresql")
_NO_CLUSTER: Final = Path("/etc/postgresql-common/createcluster.conf")


def binaries() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest version's; None where there are none."""
    versions = [one for one in _DEBIAN.glob("*/bin") if one.parent.name.isdigit()]
    places = sorted(versions, key=lambda one: int(one.parent.name), reverse=True)
    if found := shutil.which(_NEEDED[0]):
        places.append(Path(found).resolve().parent)
    return next((one for one in places if all((one / name).is_file() for name in _NEEDED)), None)


def install() -> str:
    """Installs it by apt; answers with why it could not, or with nothing."""
    if shutil.which("apt-get") is None:
        return "this machine has no apt-get"
    if os.geteuid() != 0:
        return "only root may install it"
    if not _NO_CLUSTER.exists():  # else the package starts a server of its own
        _NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        _NO_CLUSTER.write_text("create_main_cluster = false\n", encoding="utf-8")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "postgresql"]):
        done = subprocess.run(
            [shutil.which("apt-get") or "", *command], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            return f"apt-get {command[0]} failed: {(done.stderr.strip().splitlines() or ['without a word'])[-1]}"
    return "" if binaries() else "the package brought no server"


def main() -> None:
    """Runs the command."""
    if binaries() is None:
        print("Installing PostgreSQL for the tests of its engine", file=sys.stderr)
        if reason := install():
            print(f"The tests on PostgreSQL are NOT RUN: it is not installed, and {reason}.", file=sys.stderr)


if __name__ == "__main__":
    main()
