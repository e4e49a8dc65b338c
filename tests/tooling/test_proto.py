"""The generator writes what the contract says, and notices what does not match it."""

from pathlib import Path

import pytest

from tools import proto

NOTE = """
syntax = "proto3";
package notes.v1;
service NoteService {
  // Both ways.
  rpc Chat(stream ChatRequest) returns (stream ChatResponse);
}
message ChatRequest {}
message ChatResponse {}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "notes/v1").mkdir(parents=True)
    (tmp_path / "notes/v1/note_service.proto").write_text(NOTE)
    (tmp_path / "notes/v1/note.proto").write_text('syntax = "proto3"; package notes.v1; message Note {}')
    return tmp_path


def test_generates_messages_for_all_and_services_where_there_are_some(root: Path) -> None:
    assert proto.main([], root) == 0
    assert sorted(path.name for path in root.glob("notes/v1/*_pb2*")) == [
        "note_pb2.py",
        "note_pb2.pyi",
        "note_service_pb2.py",
        "note_service_pb2.pyi",
        "note_service_pb2_grpc.py",
        "note_service_pb2_grpc.pyi",
    ]
    assert proto.main(["--check"], root) == 0


def test_a_context_reads_requests_and_writes_responses(root: Path) -> None:
    stub = proto.generate(root)["notes/v1/note_service_pb2_grpc.pyi"].decode()
    assert "ServicerContext[_note_service_pb2.ChatRequest, _note_service_pb2.ChatResponse]" in stub


def test_check_names_what_changed_is_missing_or_is_left_over_and_touches_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proto.main([], root)
    (root / "notes/v1/note_pb2.py").write_text("edited")
    (root / "notes/v1/note_pb2.pyi").unlink()
    (root / "notes/v1/gone_pb2.py").touch()
    capsys.readouterr()
    assert proto.main(["--check"], root) == 1
    told = capsys.readouterr().out
    assert [line.split(": ")[0].rpartition("/")[2] for line in told.splitlines()[:-1]] == [
        "gone_pb2.py",
        "note_pb2.py",
        "note_pb2.pyi",
    ]
    assert (root / "notes/v1/note_pb2.py").read_text() == "edited"
    proto.main([], root)
    assert proto.main(["--check"], root) == 0
