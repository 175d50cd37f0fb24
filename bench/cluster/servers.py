"""Server programs in temporary folders on free ports of the loopback address: PostgreSQL, Redis; no system service."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import psutil

_START_S = 60.0
_STOP_S = 20.0
_ACCOUNTS = ("postgres", "nobody")
"""PostgreSQL refuses to run as root."""


class NotInstalled(RuntimeError):
    """A server's program is not on this machine."""


@dataclass
class Server:
    """A server program that can be stopped and started again on its port.

    Args:
        command: of the program, in the foreground.
        port: on the loopback address.
        folder: its files, log included.
        url: for clients.
        ready: whether it answers.
        user: account that runs it; None for this process's own.
    """

    command: Sequence[str]
    port: int
    folder: Path
    url: str
    ready: Callable[[], bool]
    user: str | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user,
                process_group=0,  # Ctrl-C is for whoever started this one, who ends it in turn
            )
        give_up_at = time.monotonic() + _START_S
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > give_up_at:
                text = (self.folder / "log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.command[0]} did not start: {text}")
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it by a signal, and wait for its end."""
        if self.process is None:
            return
        self.thaw()
        self.process.send_signal(number)
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def freeze(self) -> None:
        """Halt it: connections stay open, and nothing answers."""
        self._send_to_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send_to_all(signal.SIGCONT)

    def _send_to_all(self, number: int) -> None:
        # PostgreSQL's processes are no process group: each has a session of its own.
        if self.process is not None:
            whole = psutil.Process(self.process.pid)
            for process in (whole, *whole.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(number)


def program(name: str) -> str:
    """Return the path of a server's program.

    Raises:
        NotInstalled: it is nowhere.
    """
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    # Debian keeps PostgreSQL's programs out of the PATH; the newest version counts.
    others = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: float(path.split("/")[4]))
    if found is None and not others:
        raise NotInstalled(f"{name} is not installed")
    return found or others[-1]


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Return whether somebody accepts connections on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def postgres(*options: str, parent: Path | None = None) -> Iterator[Server]:
    """Run PostgreSQL with an empty database `mirror` of the user `mirror` (password `mirror`) until the block ends.

    Args:
        options: further `name=value` settings of the server.
        parent: gets its folder; None for the system's folder of temporary files.

    Raises:
        NotInstalled: there is no PostgreSQL.
    """
    initdb, server_program = program("initdb"), program("postgres")
    user = _unprivileged_user()
    with server_folder("postgres", parent, user) as folder:
        (folder / "password").write_text("mirror")
        if user:
            shutil.chown(folder / "password", user)
        options_of_initdb = ("-U", "mirror", "--auth=scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C")
        password = f"--pwfile={folder / 'password'}"
        _run([initdb, "-D", str(folder / "data"), *options_of_initdb, password], folder, user)
        port = free_port()
        command = [server_program, "-D", str(folder / "data"), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
        for option in ("fsync=off", "max_connections=200", *options):
            command += ["-c", option]
        url = f"postgresql://mirror:mirror@127.0.0.1:{port}"
        server = Server(command, port, folder, f"{url}/mirror", lambda: _answers(f"{url}/postgres"), user)
        server.start()
        try:
            execute(f"{url}/postgres", "CREATE DATABASE mirror")
            yield server
        finally:
            server.stop()


@contextmanager
def redis(*options: str, parent: Path | None = None) -> Iterator[Server]:
    """Run Redis without a file until the block ends.

    Args:
        options: further arguments of its program.
        parent: gets its folder; None for the system's folder of temporary files.

    Raises:
        NotInstalled: there is no Redis.
    """
    server_program = program("redis-server")
    with server_folder("redis", parent) as folder:
        port = free_port()
        command = [server_program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options]
        server = Server(command, port, folder, f"redis://127.0.0.1:{port}/0", lambda: listens(port))
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGTERM)


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    """Execute one SQL statement on a connection of its own and return its rows, if it has any."""
    import psycopg

    with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def _answers(url: str) -> bool:
    import psycopg

    try:
        execute(url, "SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _unprivileged_user() -> str | None:
    if os.getuid() != 0:
        return None
    names = {account.pw_name for account in pwd.getpwall()}
    return next(name for name in _ACCOUNTS if name in names)


@contextmanager
def server_folder(name: str, parent: Path | None, user: str | None = None) -> Iterator[Path]:
    """Make a folder for a server, owned by its account, and delete it at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix=f"mask-mirror-{name}-", dir=parent))
    if user:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[str], folder: Path, user: str | None) -> None:
    done = subprocess.run(command, cwd=folder, user=user, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-2000:]}")
