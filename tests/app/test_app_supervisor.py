"""What `exchange up` gives to whom."""

from pathlib import Path

from tests.support.exchange import RunningExchange


def knows_the_store(pid: int) -> bool:
    """Whether a process was given the store's URL."""
    return b"EXCHANGE_STORE_URL=" in Path(f"/proc/{pid}/environ").read_bytes()


async def test_the_store_is_named_to_the_core_alone(tmp_path: Path) -> None:
    async with RunningExchange(tmp_path) as exchange:
        told = {name: knows_the_store(pid) for name, pid in exchange.facts["pids"].items()}
    assert len(told) > 1
    assert [name for name, knows in told.items() if knows] == ["core"]
