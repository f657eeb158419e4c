"""A relay that costs next to nothing, in a process of its own: `_sink.py PAUSE`, seconds before the final answer.

Prints its port; when its standard input ends, prints what it took as JSON: how many, the first and last instant
(monotonic, which all processes of a machine share) and its own CPU seconds.
"""

import asyncio
import json
import sys
import time

PAUSE = float(sys.argv[1])
taken: list[float] = []


class Talk(asyncio.Protocol):
    """One conversation."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.body, self.buffer = transport, False, b""
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = b"\r\n.\r\n" if self.body else b"\r\n"
            text, found, rest = self.buffer.partition(end)
            if not found:
                return
            self.buffer = rest
            self.answer(text)

    def answer(self, text: bytes) -> None:
        """The reply to a command, or to the body."""
        if self.body:
            self.body = False
            if PAUSE:
                asyncio.get_running_loop().call_later(PAUSE, self.take)
            else:
                self.take()
            return
        word = text[:4].upper()
        self.body = word == b"DATA"
        reply = {b"DATA": b"354 go on\r\n", b"EHLO": b"250-sink\r\n250 8BITMIME\r\n", b"QUIT": b"221 bye\r\n"}
        self.transport.write(reply.get(word, b"250 ok\r\n"))
        if word == b"QUIT":
            self.transport.close()

    def take(self) -> None:
        """Takes the message."""
        taken.append(time.monotonic())
        self.transport.write(b"250 2.0.0 Ok: queued as Q%d\r\n" % len(taken))


async def main() -> None:
    """Listens until standard input ends."""
    server = await asyncio.get_running_loop().create_server(Talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    cpu = time.process_time()
    print(json.dumps({"taken": len(taken), "first": min(taken, default=0), "last": max(taken, default=0), "cpu": cpu}))


asyncio.run(main())
