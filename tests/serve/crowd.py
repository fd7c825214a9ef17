"""Many clients in one thread, each with a connection that it keeps: requests and answers as bytes, and how long each answer took."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"


@dataclass
class Reply:
    status: int
    head: bytes
    body: bytes
    # Seconds.
    took: float

    @property
    def says_when_to_come_back(self) -> bool:
        return b"\r\nretry-after: " in self.head


def asked(host: str, method: str, path: str, body: str = "", **headers: str) -> bytes:
    """A request as it is sent. `_` in the name of a header stands for `-`."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body.encode())}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def form(host: str, path: str, fields: dict[str, str], **headers: str) -> bytes:
    return asked(host, "POST", path, urlencode(fields), Content_Type=FORM, **headers)


class Client:
    """A client with one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, listen: str) -> Self:
        host, _, port = listen.rpartition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def ask(self, *requests: bytes) -> list[Reply]:
        """Sends requests in one write, and waits for their answers."""
        began = time.monotonic()
        self.writer.write(b"".join(requests))
        return [await self.answer(began) for _ in requests]

    async def answer(self, began: float) -> Reply:
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        _, _, length = head.partition(b"\r\ncontent-length: ")
        body = await self.reader.readexactly(int(length.split(b"\r\n", 1)[0] or 0))
        return Reply(int(head.split(b" ", 2)[1]), head, body, time.monotonic() - began)

    def close(self) -> None:
        self.writer.close()


async def clients(listen: str, number: int) -> list[Client]:
    return [await Client.at(listen) for _ in range(number)]


async def paced(
    everybody: list[Client], per_second: float, seconds: float, request: Callable[[int], tuple[bytes, ...]]
) -> list[Reply]:
    """So many requests a second as far as somebody is free to ask; `request` has the number of the client."""
    replies: list[Reply] = []
    began = time.monotonic()
    sent = 0

    async def asks(number: int, client: Client) -> None:
        nonlocal sent
        while True:
            requests = request(number)
            due = began + sent / per_second
            sent += len(requests)
            if due > began + seconds:
                return
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            replies.extend(await client.ask(*requests))
            if time.monotonic() > began + seconds:
                return

    await asyncio.gather(*(asks(number, client) for number, client in enumerate(everybody)))
    return replies


def percentile(replies: Iterable[Reply], percent: float) -> float:
    """How many milliseconds so many of a hundred took at most."""
    took = sorted(reply.took for reply in replies)
    return 1000 * took[min(len(took) - 1, int(len(took) * percent / 100))] if took else 0.0
