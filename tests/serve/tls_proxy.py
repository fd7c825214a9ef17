"""Takes https off: for tests of a server that is behind a proxy."""

import asyncio
import ssl
import threading
from contextlib import suppress


class TlsProxy:
    """Listens at a free port of this machine and hands on to another port; it runs until the program ends."""

    def __init__(self, certificate, key, to: int):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.to, self.port = to, 0
        listening = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve(listening)), daemon=True).start()
        listening.wait()

    async def serve(self, listening: threading.Event) -> None:
        server = await asyncio.start_server(self.connected, "127.0.0.1", 0, ssl=self.context)
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        async with server:
            await server.serve_forever()

    async def connected(self, reader, writer) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self.pipe(reader, inner_writer), self.pipe(inner_reader, writer))

    async def pipe(self, reader, writer) -> None:
        with suppress(OSError, ssl.SSLError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        with suppress(OSError, ssl.SSLError, RuntimeError):
            writer.close()
