"""Where a server listens: whether it can, and how that is told."""

from __future__ import annotations

import os
import socket

from ragkit.errors import UsageError

LOOPBACK = "127.0.0.1"
LOCAL = (LOOPBACK, "localhost", "::1")
"""The names of this machine's own address."""


def check_free(verb: str, host: str, port: int, usual: int) -> None:
    """Says before anything is loaded that the address cannot be listened at.

    Args:
        verb: The command, for the hint.
        host: The address.
        port: The port.
        usual: The port that is proposed where there is none after this one.

    Raises:
        UsageError: The port is taken, or the address is none of this machine.
    """
    try:
        kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind, socket.SOCK_STREAM) as probe:
            if os.name != "nt":  # there, this option would let two programs share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise UsageError(f"--host {host!r} is not an address: {error.strerror}", hint="--host 127.0.0.1") from error
    except OSError as error:
        other = port + 1 if port < 65535 else usual
        raise UsageError(
            f"cannot listen at {host}:{port}: {(error.strerror or str(error)).lower()}",
            hint=f"{verb} --port {other}",
        ) from error


def shown(host: str) -> str:
    """The address as it stands in a link."""
    if host in ("0.0.0.0", "::"):
        return "localhost"
    return f"[{host}]" if ":" in host else host
