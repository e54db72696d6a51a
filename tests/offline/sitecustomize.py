"""Forbids the network, but for loopback, in the process that imports this: the tests, and every Python they start.

Python imports a module of this name at start when it finds one, and the conftest puts this folder on ``PYTHONPATH``.
An audit hook sees every connection that goes through ``socket`` and cannot be taken off again. An attempt is refused
and also written down, so that code which swallows the error fails its test all the same.
"""

import os
import sys

LOG = "RAGKIT_TESTS_NETWORK_LOG"
HOSTS = "RAGKIT_TESTS_HOSTS"
"""Names a file that is given every host that was looked up or connected to, this machine's own too."""
_LOCAL = {"localhost", "localhost.localdomain", "ip6-localhost", "::1", "", "0.0.0.0", "::"}
_WITH_ADDRESS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_WITH_HOST = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


def _is_local(host: object) -> bool:
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    return name in _LOCAL or name.startswith("127.") or name == os.environ.get("HOSTNAME")


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _WITH_HOST:
        host = arguments[0]
    elif event in _WITH_ADDRESS:
        address = arguments[1]
        if not isinstance(address, tuple):  # a Unix socket, or a socket that is already connected
            return
        host = address[0]
    else:
        return
    hosts = os.environ.get(HOSTS)
    if hosts:
        with open(hosts, "a", encoding="utf-8") as file:
            file.write(f"{event} {host}\n")
    if not _is_local(host):
        log = os.environ.get(LOG)
        if log:
            with open(log, "a", encoding="utf-8") as file:
                file.write(f"{event} {host}\n")
        raise PermissionError(f"tests may not use the network: {event} {host!r}")


sys.addaudithook(_refuse)
