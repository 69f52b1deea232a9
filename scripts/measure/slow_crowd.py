"""Many clients that keep a server busy with next to nothing.

    slow_crowd.py PORT COUNT

A quarter each says nothing, drips a header, drips a body, and takes an answer in sips. Who is cut comes again at
once. Prints "all connected"; a line on standard input says how many seconds the last ones are waited for, from
when on nobody comes again. Then it prints how old each was that was cut, and each is that is still there.
"""

import asyncio
import json
import resource
import socket
import sys
import time

HEAD = b"Host: bench\r\nX-Slow: "
KINDS = {
    "silent": b"",
    "header": b"GET /healthz HTTP/1.1\r\n" + HEAD,
    "body": b"POST /auth/logout/ HTTP/1.1\r\nHost: bench\r\nContent-Length: 60000\r\n\r\n",
    # 54 KB, through a window of 4 KB.
    "sips": b"GET /api/artists/ HTTP/1.1\r\nHost: bench\r\n\r\n",
}
SIP = 512


class Crowd:
    def __init__(self, port):
        self.port = port
        self.alive = {kind: {} for kind in KINDS}
        self.cut = {kind: [] for kind in KINDS}
        self.comes_again = True

    async def client(self, kind, number):
        while True:
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.setblocking(False)
            with connection:
                await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self.port))
                began = self.alive[kind][number] = time.monotonic()
                try:
                    await (self.sip if kind == "sips" else self.drip)(connection, KINDS[kind], kind != "silent")
                except OSError:
                    pass  # Cut in the middle of a byte.
                del self.alive[kind][number]
                self.cut[kind].append(time.monotonic() - began)
            if not self.comes_again:
                return

    async def drip(self, connection, beginning, drips):
        """A byte each second, until the server says or does something."""
        loop = asyncio.get_running_loop()
        if beginning:
            await loop.sock_sendall(connection, beginning)
        end = asyncio.ensure_future(self.until_end(connection))
        try:
            while not (await asyncio.wait({end}, timeout=1))[0]:
                if drips:
                    await loop.sock_sendall(connection, b"x")
            await end
        finally:
            end.cancel()

    async def until_end(self, connection):
        while await asyncio.get_running_loop().sock_recv(connection, 4_096):
            pass

    async def sip(self, connection, beginning, _):
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, beginning)
        while await loop.sock_recv(connection, SIP):
            await asyncio.sleep(1)

    async def run(self, count):
        names = list(KINDS)
        tasks = []
        for number in range(count):
            kind = names[number % len(names)]
            tasks.append((kind, asyncio.create_task(self.client(kind, number))))
            if number % 50 == 0:
                await asyncio.sleep(0.01)
        while sum(map(len, self.alive.values())) < count:
            await asyncio.sleep(0.01)
        print("all connected", flush=True)
        patience = float(await asyncio.to_thread(sys.stdin.readline))
        self.comes_again = False
        # Who sips is served as long as it takes something.
        waited = [task for kind, task in tasks if kind != "sips"]
        await asyncio.wait(waited, timeout=patience)
        now = time.monotonic()
        print(json.dumps({kind: {"cut": self.cut[kind], "alive": [now - began for began in self.alive[kind].values()]}
                          for kind in KINDS}))
        for _, task in tasks:
            task.cancel()
        await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(Crowd(int(sys.argv[1])).run(int(sys.argv[2])))
