"""Files for whoever deploys several processes: the names in them exist, and they fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.cluster.nginx import TEMPLATE, configuration
from bench.cluster.servers import Server, execute
from tests.mirror_process import ROOT
from tests.queues import new_database
from tests.webapp.test_deploy import procfile
from tests.webapp.videos.jobs.test_queue import new_job
from webapp.config import Settings, load_settings, variable_name
from webapp.videos.engine import open_queue

KUBERNETES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
KNOWN = {variable_name(setting.name) for setting in fields(Settings)}
BOTO3 = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3"}


def services() -> dict[str, Any]:
    """Return the services of compose.yaml, with `${NAME:-default}` replaced by the default."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{\w+:-(\w*)\}", r"\1", text))["services"]
    return found


def manifests(kind: str) -> dict[str, Any]:
    """Return the manifests of a kind by name."""
    documents = [document for path in KUBERNETES for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    return {document["metadata"]["name"]: document for document in documents if document["kind"] == kind}


def containers() -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Yield name, environment and command of everything that runs this project; an empty command is the image's."""
    for name, service in services().items():
        if "build" in service:
            yield f"compose {name}", service.get("environment", {}), service.get("command", [])
    for name, deployment in manifests("Deployment").items():
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        environ: dict[str, str] = {}
        for source in container["envFrom"]:
            for kind, reference in source.items():
                found = manifests(kind.removesuffix("Ref")[:1].upper() + kind.removesuffix("Ref")[1:])
                manifest = found[reference["name"]]
                environ |= manifest.get("data", {}) | manifest.get("stringData", {})
        environ |= {item["name"]: item["value"] for item in container["env"]}
        yield f"kubernetes {name}", environ, container.get("command", [])


CONTAINERS = [pytest.param(environ, command, id=name) for name, environ, command in containers()]


@pytest.mark.parametrize(("environ", "command"), CONTAINERS)
def test_every_setting_that_is_named_exists_and_is_accepted(environ: dict[str, str], command: list[str]) -> None:
    assert set(environ) <= KNOWN | BOTO3
    assert all(isinstance(value, str) for value in environ.values()), "YAML has read a word as something else"
    settings = load_settings(environ)
    if "DATABASE_URL" in environ:
        assert not settings.embedded_worker
        assert settings.trusted_proxies == 1
        assert "SECRET_KEY" in environ
    assert not command or " ".join(command) == procfile()["worker"]


def test_there_are_web_processes_and_workers_of_each_kind() -> None:
    scaled = [bool(param.values[1]) for param in CONTAINERS if "DATABASE_URL" in str(param.values[0])]
    assert sorted(scaled) == [False, False, True, True]


def test_the_profile_of_compose_leaves_one_command_without_it() -> None:
    found = services()
    assert [name for name, service in found.items() if "scaled" not in service.get("profiles", [])] == ["mirror"]
    for name, service in found.items():
        assert set(service.get("depends_on", {})) <= set(found), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("./") or (ROOT / source).exists(), source
    # What all share: the job table, the hints and the folder of videos.
    web, worker = found["web"], found["worker"]
    assert web["environment"] == worker["environment"]
    assert web["volumes"] == worker["volumes"]
    arguments = web["build"]["args"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for name, value in arguments.items():
        assert re.search(rf"^ARG {name}\b", dockerfile, re.MULTILINE), name
        assert (ROOT / value).exists()


def test_nginx_s_template_has_the_variables_that_compose_gives() -> None:
    environ = services()["proxy"]["environment"]
    assert set(re.findall(r"\$\{(\w+)\}", TEMPLATE.read_text(encoding="utf-8"))) == set(environ)
    assert "${" not in configuration(environ)
    assert services()["proxy"]["environment"]["MIRROR_SERVERS"].startswith("server web:8000")


def test_the_parts_of_kubernetes_refer_to_each_other() -> None:
    deployments, labels = manifests("Deployment"), {}
    for name, deployment in deployments.items():
        spec = deployment["spec"]
        labels[name] = spec["template"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"] == labels[name]
        pod = spec["template"]["spec"]
        [container] = pod["containers"]
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    service = manifests("Service")["mask-mirror"]["spec"]
    assert service["selector"] == labels["mask-mirror-web"]
    [web] = deployments["mask-mirror-web"]["spec"]["template"]["spec"]["containers"]
    assert service["ports"][0]["targetPort"] in [port["name"] for port in web["ports"]]
    assert web["ports"][0]["containerPort"] == 8000
    scaled = manifests("ScaledObject")["mask-mirror-worker"]["spec"]
    assert scaled["scaleTargetRef"]["name"] in deployments
    [trigger] = scaled["triggers"]
    [secret] = manifests("TriggerAuthentication")[trigger["authenticationRef"]["name"]]["spec"]["secretTargetRef"]
    assert secret["key"] in manifests("Secret")[secret["name"]]["stringData"]


def test_keda_s_query_counts_the_videos_that_wait(postgres_server: Server, tmp_path: Path) -> None:
    url = new_database(postgres_server)
    queue = open_queue(Settings(data_folder=tmp_path, database_url=url))
    assert queue.add(new_job(1))
    assert queue.add(new_job(2))
    assert queue.claim("worker") is not None
    [trigger] = manifests("ScaledObject")["mask-mirror-worker"]["spec"]["triggers"]
    assert execute(url, trigger["metadata"]["query"]) == [(2,)]
