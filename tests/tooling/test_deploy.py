"""What is in deploy fits the exchange as it is: every command, module, setting, port and file that it names."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import jsonschema_rs
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml
from typer.main import get_command

from exchange.app.cli import app
from exchange.app.config import load
from tests.support.exchange import RunningCore

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
UNITS: Final = sorted((DEPLOY / "systemd").iterdir())
KUSTOMIZATION: Final = DEPLOY / "kubernetes" / "kustomization.yaml"
MANIFESTS: Final = sorted(set((DEPLOY / "kubernetes").glob("*.yaml")) - {KUSTOMIZATION})
KUBERNETES: Final = "1.34"
ADAPTERS: Final = [f"adapters.{name}" for name in ("rest", "soap", "gateway", "webhooks")]
SECRETS: Final = {"EXCHANGE_MASTER_KEY", "EXCHANGE_STORE_URL"}
"""What no adapter is given."""


class Program(NamedTuple):
    """Something of ours that deploy runs."""

    where: str
    command: list[str]
    environment: dict[str, str]


def documents(path: Path) -> list[dict[str, Any]]:
    """The documents of a YAML file."""
    return list(yaml.safe_load_all(path.read_text()))


COMPOSE: Final = documents(DEPLOY / "compose.yaml")[0]
OBJECTS: Final = [one for path in MANIFESTS for one in documents(path)]


def of_kind(kind: str) -> list[dict[str, Any]]:
    """The Kubernetes objects of a kind."""
    return [one for one in OBJECTS if one["kind"] == kind]


def programs() -> Iterator[Program]:
    for name, service in COMPOSE["services"].items():
        if name != "postgres":
            yield Program(f"compose {name}", service["command"], service["environment"])
    for deployment in of_kind("Deployment"):
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        environment = {one["name"]: one["value"] for one in container["env"]}
        yield Program(f"kubernetes {container['name']}", container["command"], environment)
    for unit in UNITS:
        lines = [line.partition("=") for line in unit.read_text().splitlines() if not line.startswith("#")]
        (command,) = [value for key, _, value in lines if key == "ExecStart"]
        variables = [value.partition("=") for key, _, value in lines if key == "Environment"]
        yield Program(unit.name, shlex.split(command), {name: value for name, _, value in variables})
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    yield Program("Dockerfile", json.loads(re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)[-1]), {})


PROGRAMS: Final = list(programs())


@pytest.mark.parametrize("program", PROGRAMS, ids=[one.where for one in PROGRAMS])
def test_what_is_run_is_there(program: Program) -> None:
    executable, *arguments = program.command
    if Path(executable).name == "exchange":
        commands = get_command(app).commands  # type: ignore[attr-defined]
        assert arguments[0] in commands
        options = {name for option in commands[arguments[0]].params for name in option.opts}
        assert set(arguments[1:]) <= options
    else:
        assert (Path(executable).name, arguments[0]) == ("python", "-m")
        for module in [arguments[1]] if "%i" not in arguments[1] else ADAPTERS:
            assert find_spec(f"{module}.__main__"), module


def known(name: str, folder: str) -> bool:
    """Whether a program reads a variable, by itself or from the file that `NAME_FILE` names."""
    wanted = {f'"{name}"', f'"{name.removesuffix("_FILE")}"'}
    return any(one in path.read_text() for path in (ROOT / folder).rglob("*.py") for one in wanted)


@pytest.mark.parametrize("program", PROGRAMS, ids=[one.where for one in PROGRAMS])
def test_every_setting_is_one(program: Program, tmp_path: Path) -> None:
    is_core = Path(program.command[0]).name == "exchange"
    configured = {name: value.replace("%i", "1") for name, value in program.environment.items()}
    url_file = tmp_path / "store-url"
    url_file.write_text("postgresql://exchange@db/exchange")
    if "EXCHANGE_STORE_URL_FILE" in configured:
        configured["EXCHANGE_STORE_URL_FILE"] = str(url_file)
    load(configured)
    sections = set(load({}).__struct_fields__)
    for name in program.environment:
        is_setting = name.removeprefix("EXCHANGE_").lower().partition("_")[0] in sections
        assert (
            (is_core and is_setting)
            or known(name, "src/exchange/app" if is_core else "adapters")
            or (is_core and known(name, "src/exchange/access"))
        ), name
    if not is_core:
        assert not {name.removesuffix("_FILE") for name in program.environment} & SECRETS


def test_secrets_come_from_files_alone() -> None:
    for program in PROGRAMS:
        for name in SECRETS | {"EXCHANGE_KEY"}:
            value = program.environment.get(name, "sqlite:")
            assert value.startswith("sqlite:"), f"{program.where}: {name}"
    assert not of_kind("Secret")
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/deploy/secrets/", "/deploy/kubernetes/secrets/"} <= set(ignored)


def test_the_compose_file_is_one() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema_rs.validator_for(schema).validate(COMPOSE)
    for name, service in COMPOSE["services"].items():
        for kind in ("secrets", "networks"):
            assert set(service.get(kind, ())) <= COMPOSE[kind].keys(), name
        assert set(service.get("depends_on", ())) <= COMPOSE["services"].keys()
        named = [value for value in map(str, service["environment"].values()) if value.startswith("/run/secrets/")]
        assert {Path(value).name for value in named} == set(service.get("secrets", ())), name
        if name != "postgres":
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
            assert service.get("healthcheck", name == "core"), name
    assert "ports" not in COMPOSE["services"]["postgres"]
    assert "outside" not in COMPOSE["services"]["core"]["networks"], "a core calls nobody but its store"


@pytest.mark.parametrize("path", [*MANIFESTS], ids=lambda path: path.stem)
def test_manifests_are_what_kubernetes_takes(path: Path) -> None:
    for document in documents(path):
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_all_manifests_are_applied() -> None:
    (kustomization,) = documents(KUSTOMIZATION)
    assert {path.name for path in MANIFESTS} == set(kustomization["resources"])
    made = {one["name"]: {file.partition("=")[0] for file in one["files"]} for one in kustomization["secretGenerator"]}
    for deployment in of_kind("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
        assert mounts.keys() == {one["name"] for one in pod["volumes"]}
        for volume in pod["volumes"]:
            if "secret" in volume:
                there = {f"{mounts[volume['name']]}/{Path(key).name}" for key in made[volume["secret"]["secretName"]]}
                assert {one["value"] for one in container["env"] if one["name"].endswith("_FILE")} == there


def test_pods_are_found_kept_and_confined() -> None:
    names = {one["metadata"]["name"] for one in of_kind("Deployment")}
    assert names == {one["metadata"]["name"] for one in of_kind("PodDisruptionBudget")}
    ports = {}
    for deployment in of_kind("Deployment"):
        name, pod = deployment["metadata"]["name"], deployment["spec"]["template"]["spec"]
        label = {"app.kubernetes.io/name": name}
        (container,) = pod["containers"]
        assert deployment["spec"]["selector"]["matchLabels"] == label
        assert label.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
        assert not pod["enableServiceLinks"], "a service's variables would be taken for settings"
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        ports[name] = {one["name"]: one["containerPort"] for one in container.get("ports", ())}
        if ports[name]:
            assert {"readinessProbe", "livenessProbe", "lifecycle"} <= container.keys()
    for service in of_kind("Service"):
        (port,) = service["spec"]["ports"]
        assert port["port"] == ports[service["spec"]["selector"]["app.kubernetes.io/name"]][port["targetPort"]]
    services = {one["metadata"]["name"]: one["spec"] for one in of_kind("Service")}
    assert services["cores"]["clusterIP"] == "None", "its name is every core's address"
    for program in PROGRAMS:
        if program.where.startswith("kubernetes") and "EXCHANGE_CORE" in program.environment:
            host, _, number = program.environment["EXCHANGE_CORE"].partition(":")
            assert (host, int(number)) == ("cores", services["cores"]["ports"][0]["port"])


DRAIN_S: Final = 10 + 10 + 1
"""How long a core that is told to stop waits for what waits and what is open, and for its answers to leave."""


def test_a_core_has_the_time_that_it_needs_to_leave() -> None:
    needed = DRAIN_S + 1.1 * load({}).grpc.connection_age_s
    (core,) = [one for one in of_kind("Deployment") if one["metadata"]["name"] == "core"]
    pod = core["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] >= before + needed
    liveness = container["livenessProbe"]
    assert liveness["periodSeconds"] * liveness["failureThreshold"] >= needed, "it would be killed while it drains"
    assert int(COMPOSE["services"]["core"]["stop_grace_period"].removesuffix("s")) >= needed
    for unit in (one for one in UNITS if "adapter" not in one.name):
        (stop,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit.read_text(), re.MULTILINE)
        assert int(stop) >= needed, unit.name


def test_the_image_is_lean_and_not_roots() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    steps = [line.split() for line in text.replace("\\\n", " ").splitlines() if line and line[0] not in "# "]
    bases = [step[1] for step in steps if step[0] == "FROM"]
    assert len(bases) == 2, "what builds is left behind"
    assert all(re.fullmatch(r"python:3\.1[123]-slim-\w+", base) for base in bases)
    (user,) = [step[1] for step in steps if step[0] == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert not [step for step in steps if step[0] == "ADD"]
    allowed = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    for step in steps:
        if step[0] == "COPY" and not step[1].startswith("--from"):
            assert set(step[1:-1]) <= allowed, "it is left out of what the build sees"
            assert all((ROOT / name).exists() for name in step[1:-1])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_are_what_systemd_takes(unit: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = re.sub(r"/opt/exchange/bin/\w+", str(program), unit.read_text())
    copy = tmp_path / unit.name.replace("@", "@1")
    (tmp_path / unit.name).write_text(text)
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--generators=no", "--recursive-errors=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, [line for line in said.stderr.splitlines() if unit.stem in line]) == (0, []), said.stderr


async def test_health_is_told_by_the_exit_status(running: RunningCore) -> None:
    async def status(url: str) -> int:
        command = (sys.executable, str(DEPLOY / "healthcheck.py"), url)
        return await (await asyncio.create_subprocess_exec(*command)).wait()

    assert await status(f"grpc://{running.address}") == 0
    assert await status("grpc://127.0.0.1:1") == 1
    assert await status("http://127.0.0.1:1/") == 1
