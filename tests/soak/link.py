"""The network between two parties: a TCP proxy that can be cut, lose answers, or become slow."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from enum import Enum

from paycenter.local.ports import LOOPBACK

_CHUNK = 65536  # bytes
DELAY = 0.4  # seconds; what each piece of a slow connection waits


class Weather(Enum):
    """What happens on a link. ``MUTE`` is the ugly one: asked and done, but never answered."""

    CLEAR = "clear"
    CUT = "cut"
    MUTE = "mute"
    SLOW = "slow"


class Link:
    """Listens on ``port`` and passes on to where ``lead_to`` said; refuses until it was said."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self.name = name
        self._weather = Weather.CLEAR
        self._loop = loop
        self._far_port: int | None = None
        self._open: set[asyncio.StreamWriter] = set()
        listening = asyncio.start_server(self._serve, LOOPBACK, 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """The address of the near end."""
        return f"http://{LOOPBACK}:{self.port}"

    def lead_to(self, port: int) -> None:
        """Say where the far end is."""
        self._far_port = port

    def become(self, weather: Weather) -> None:
        """Change the weather, for open connections too; a cut ends them."""
        self._weather = weather
        if weather is Weather.CUT:
            self._loop.call_soon_threadsafe(self._abort_all)

    async def close(self) -> None:
        """Listen no more."""
        self._server.close()
        self._abort_all()

    def _abort_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, asker: asyncio.StreamReader, to_asker: asyncio.StreamWriter) -> None:
        with self._closing(to_asker), contextlib.suppress(OSError):
            if self._weather is Weather.CUT or self._far_port is None:
                to_asker.transport.abort()
                return
            asked, to_asked = await asyncio.open_connection(LOOPBACK, self._far_port)
            with self._closing(to_asked):
                pumps = [self._ask(asker, to_asked), self._answer(asked, to_asker)]
                tasks = [asyncio.ensure_future(pump) for pump in pumps]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.contextmanager
    def _closing(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        self._open.add(writer)
        try:
            yield
        finally:
            self._open.discard(writer)
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK):
            await self._pass_on(chunk, writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK):
            if self._weather is Weather.MUTE:
                writer.transport.abort()
                return
            await self._pass_on(chunk, writer)

    async def _pass_on(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        if self._weather is Weather.SLOW:
            await asyncio.sleep(DELAY)
        writer.write(chunk)
        await writer.drain()


@contextlib.contextmanager
def running_links(*names: str) -> Iterator[list[Link]]:
    """Open a link of each name, all served by one thread; close them in the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="links")
    thread.start()
    links = [Link(name, loop) for name in names]
    try:
        yield links
    finally:
        asyncio.run_coroutine_threadsafe(_close(links), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(links: list[Link]) -> None:
    for link in links:
        await link.close()
    connections = asyncio.all_tasks() - {asyncio.current_task()}
    for connection in connections:
        connection.cancel()
    await asyncio.gather(*connections, return_exceptions=True)
