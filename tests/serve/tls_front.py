"""TLS before a server that speaks plain HTTP: bytes pass as they are."""

import contextlib
import socket
import ssl
import threading

from authority import Authority


class TlsFront:
    """Listens at a free port of this machine, and leads to the address that it is told of."""

    def __init__(self, authority: Authority):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(authority.cert, authority.key)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self.listener.getsockname()[1]
        self.target: tuple[str, int] | None = None
        threading.Thread(target=self.accept, daemon=True).start()

    def leads_to(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.target = host, int(port)

    def close(self) -> None:
        self.listener.close()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), self.context.wrap_socket(client, server_side=True) as outside:
            with socket.create_connection(self.target) as inside:
                back = threading.Thread(target=passed_on, args=(inside, outside), daemon=True)
                back.start()
                passed_on(outside, inside)
                back.join()


def passed_on(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(1 << 16):
            to.sendall(chunk)
    # Half an end does not exist in TLS before the other side ends too: both are over.
    for one in (source, to):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
