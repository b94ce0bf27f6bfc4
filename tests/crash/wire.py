"""`python -m tests.crash.wire HOST:PORT=HOST:PORT …`: what connects to the first is carried to the second."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

SIZE = 1 << 16


async def main(roads: list[str]) -> None:
    """Every road at once, until killed."""
    servers = [await opened(*road.split("=")) for road in roads]
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def opened(here: str, there: str) -> asyncio.Server:
    host, port = there.rsplit(":", 1)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.close()
            return
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))

    own, number = here.rsplit(":", 1)
    return await asyncio.start_server(accept, own, int(number))


async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """One direction, until either end hangs up."""
    with suppress(OSError):
        while data := await source.read(SIZE):
            target.write(data)
            await target.drain()
    target.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
