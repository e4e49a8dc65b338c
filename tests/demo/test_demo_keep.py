"""Where the demo leaves its store."""

import subprocess
import sys
from pathlib import Path


def test_a_folder_that_is_there_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    command = (sys.executable, "-m", "examples.demo", "--keep", str(tmp_path))
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--keep" in done.stderr.splitlines()[-1]
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
