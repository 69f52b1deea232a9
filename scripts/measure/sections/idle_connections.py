"""What 5,000 clients cost that have asked for something and then keep their connections."""

import resource
import socket

from deployment import Deployment

COUNT = 5_000


def measure(options, table):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Deployment() as deployment:
        sockets = []
        for _ in range(COUNT):
            connection = socket.create_connection(("127.0.0.1", deployment.port))
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n")
            sockets.append(connection)
        for connection in sockets:
            connection.recv(4_096)
        table.add("server with 5,000 idle connections", f"{deployment.server.memory('VmRSS'):.0f} MB", "250 MB")
        for connection in sockets:
            connection.close()
