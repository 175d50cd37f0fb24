"""nginx in front of web processes, with the project's own template of its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.cluster.replica import ROOT
from bench.cluster.servers import Server, free_port, listens, program, server_folder

TEMPLATE = ROOT / "deploy" / "nginx.conf.template"

_MAIN = """
daemon off;
pid nginx.pid;
error_log stderr warn;
worker_processes 1;
events { worker_connections 4096; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include mask_mirror.conf;
}
"""


def configuration(variables: Mapping[str, str]) -> str:
    """Return the template with its variables filled in, as the image of nginx does."""
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", value)
    return text


@contextmanager
def nginx(ports: Sequence[int], port: int | None = None, parent: Path | None = None) -> Iterator[Server]:
    """Run nginx until the block ends.

    Args:
        ports: of the web processes on the loopback address.
        port: to listen on; None for a free one.
        parent: gets its folder; None for the system's folder of temporary files.

    Raises:
        NotInstalled: there is no nginx.
    """
    server_program, port = program("nginx"), port or free_port()
    with server_folder("nginx", parent) as folder:
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;" for port in ports)
        variables = {"MIRROR_SERVERS": servers, "MIRROR_LISTEN": f"127.0.0.1:{port}"}
        (folder / "mask_mirror.conf").write_text(configuration(variables), encoding="utf-8")
        folder.chmod(0o711)  # as root nginx has another account for its worker
        (folder / "nginx.conf").write_text(_MAIN, encoding="utf-8")
        command = [server_program, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
        server = Server(command, port, folder, f"http://127.0.0.1:{port}", lambda: listens(port))
        server.start()
        try:
            yield server
        finally:
            server.stop()
