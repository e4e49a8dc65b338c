"""Generates the contract's Python beside its .proto files.

python -m tools.proto            write what changed, remove what has no source any more
python -m tools.proto --check    write nothing; name each file that differs and exit 1
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from google.rpc import status_pb2

CONTRACT: Final = Path(__file__).resolve().parent.parent / "proto"
GOOGLE: Final = Path(status_pb2.__file__).parents[2]  # holds google/rpc/status.proto
MYPY_GRPC: Final = Path(sys.executable).with_name("protoc-gen-mypy_grpc")


def sources(root: Path) -> list[str]:
    """The .proto files below a folder, as the contract imports them, in order."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.proto"))


def protoc(root: Path, *arguments: str) -> None:
    """Runs the compiler in a folder of .proto files."""
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"-I{GOOGLE}", *arguments]
    subprocess.run(command, cwd=root, check=True)


def generate(root: Path) -> dict[str, bytes]:
    """Every generated file by its path below the root."""
    files = sources(root)
    services = [name for name in files if name.endswith("_service.proto")]
    with TemporaryDirectory() as folder:
        protoc(root, f"--python_out={folder}", f"--pyi_out={folder}", *files)
        if services:
            protoc(
                root,
                f"--plugin={MYPY_GRPC}",
                f"--grpc_python_out={folder}",
                f"--mypy_grpc_out=only_async,generate_concrete_servicer_stubs,quiet:{folder}",
                *services,
            )
        fresh = dict(_generated(Path(folder)))
    return {name: _mend(content) if name.endswith("_grpc.pyi") else content for name, content in fresh.items()}


def differences(root: Path, fresh: dict[str, bytes]) -> list[str]:
    """The generated files that are missing, changed or left over, in order."""
    present = dict(_generated(root))
    return sorted(name for name in present.keys() | fresh.keys() if present.get(name) != fresh.get(name))


def write(root: Path, fresh: dict[str, bytes], names: list[str]) -> None:
    """Brings the named files to their fresh state."""
    for name in names:
        if name in fresh:
            (root / name).write_bytes(fresh[name])
        else:
            (root / name).unlink()


def main(arguments: list[str], root: Path = CONTRACT) -> int:
    """Writes or checks; the exit status."""
    fresh = generate(root)
    differing = differences(root, fresh)
    if "--check" not in arguments:
        write(root, fresh, differing)
        print(f"Contract generated: {len(differing)} of {len(fresh)} files changed")
        return 0
    for name in differing:
        print(f"{root.name}/{name}: differs from its .proto; run `make proto`")
    print("Contract diff: " + (f"{len(differing)} files differ" if differing else "none"))
    return 1 if differing else 0


def _generated(root: Path) -> Iterator[tuple[str, bytes]]:
    """What a folder holds of generated files."""
    for path in root.rglob("*_pb2*.py*"):
        if path.suffix in {".py", ".pyi"}:
            yield path.relative_to(root).as_posix(), path.read_bytes()


def _mend(stub: bytes) -> bytes:
    """Names the messages of a servicer's context as grpc.aio does: what read() returns and write() takes."""
    return re.sub(
        rb"(ServicerContext\[)(.*)(\],)$",
        lambda found: found[1] + re.sub(rb"_abc\.\w+\[([\w.]+)\]", rb"\1", found[2]) + found[3],
        stub,
        flags=re.MULTILINE,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
