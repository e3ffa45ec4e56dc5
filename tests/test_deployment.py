"""Recipes for deployment: they parse, name what exists, and open nothing but the dashboard."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from shapviz.jobs.cluster import SETTINGS as CLUSTER
from shapviz.settings import Settings

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SETTINGS = {f"SHAPVIZ_{name.upper()}" for name in Settings.model_fields}


def manifests() -> list[dict[str, Any]]:
    (block,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.S)
    return list(yaml.safe_load_all(block))


def containers() -> dict[str, dict[str, Any]]:
    found = {}
    for each in manifests():
        if each["kind"] == "Deployment":
            (container,) = each["spec"]["template"]["spec"]["containers"]
            found[each["metadata"]["name"]] = {**each["spec"], **container}
    return found


def test_settings_that_recipes_name_exist() -> None:
    recipes = (ROOT / "docker-compose.yml").read_text() + (ROOT / "Dockerfile").read_text() + GUIDE
    named = set(re.findall(r"SHAPVIZ_[A-Z]+(?:_[A-Z]+)*", recipes))
    assert {"SHAPVIZ_STORE", "SHAPVIZ_SCHEDULER"} <= named
    assert named <= SETTINGS


def test_workers_elsewhere_are_told_what_the_coordinator_tells_its_own() -> None:
    told = {
        "DASK_" + name.upper().replace(".", "__").replace("-", "_"): str(value)
        for name, value in CLUSTER.items()
        if name.startswith("distributed.")
    }
    services = COMPOSE["services"]
    (configured,) = [each["data"] for each in manifests() if each["kind"] == "ConfigMap"]
    everywhere = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
    for environment in (
        services["worker"]["environment"],
        services["scheduler"]["environment"],
        configured,
    ):
        named = {k: v for k, v in environment.items() if k.startswith("DASK_")}
        assert named
        assert named.items() <= told.items()
    assert everywhere.items() <= services["worker"]["environment"].items()
    assert everywhere.items() <= configured.items()


def test_compose_publishes_the_dashboard_alone_and_to_this_machine() -> None:
    services = COMPOSE["services"]
    assert {"dashboard", "scheduler", "worker", "postgres", "minio"} <= set(services)
    published = {name: each["ports"] for name, each in services.items() if "ports" in each}
    assert published == {"dashboard": ["127.0.0.1:8501:8501"]}
    assert COMPOSE["networks"]["inner"] == {"internal": True}
    for name, each in services.items():
        assert each["networks"] == (["inner", "outer"] if name == "dashboard" else ["inner"])


def test_compose_holds_no_password() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for line in text.splitlines():
        if re.search(r"(PASSWORD|SECRET|CATALOGUE|MC_HOST)\w*:", line):
            assert re.search(r"\$\{\w+:\?[^}]+\}", line), line


def test_workers_take_one_thread_each_everywhere() -> None:
    assert "--nthreads 1" in COMPOSE["services"]["worker"]["command"]
    assert re.findall(r"--nthreads \d+", GUIDE)
    assert set(re.findall(r"--nthreads (\d+)", GUIDE)) == {"1"}
    command = containers()["shapviz-worker"]["command"]
    assert command[command.index("--nthreads") + 1] == "1"


def test_every_health_check_of_the_dashboard_reads_the_body() -> None:
    probes = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if "health'" in line]
    dashboard = containers()["shapviz-dashboard"]
    kinds = ("startupProbe", "readinessProbe", "livenessProbe")
    probes += [json.dumps(dashboard[kind]["exec"]["command"]) for kind in kinds]
    assert len(probes) == 4
    for probe in probes:
        assert "/_stcore/health" in probe
        assert "read() != b'ok'" in probe


def test_one_coordinator_with_limits_and_no_rights() -> None:
    found = containers()
    assert len(found) == 4
    assert found["shapviz-coordinator"]["replicas"] == 1
    assert found["shapviz-coordinator"]["strategy"] == {"type": "Recreate"}
    assert found["shapviz-coordinator"]["command"][:3] == ["python", "-m", "shapviz.jobs.process"]
    for each in found.values():
        assert each["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
        assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert each["resources"]["limits"]["memory"]


def test_the_scheduler_is_reached_by_those_who_work_alone() -> None:
    policies = {m["metadata"]["name"]: m for m in manifests() if m["kind"] == "NetworkPolicy"}
    (rule,) = policies["shapviz-scheduler"]["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": {"reaches-dask": "yes"}}}]
    labels = {
        name: "reaches-dask" in each["template"]["metadata"]["labels"]
        for name, each in containers().items()
    }
    assert {name for name, reaches in labels.items() if reaches} == {
        "shapviz-coordinator",
        "shapviz-worker",
    }
    assert not [
        m for m in manifests() if m.get("spec", {}).get("type") in ("LoadBalancer", "NodePort")
    ]
