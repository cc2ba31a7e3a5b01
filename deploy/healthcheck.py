"""Whether the web process of this container is alive; asked by Docker (deploy/Dockerfile).

Alive, not ready: a database that is gone must not make every container look broken. The question
carries the center's own host name, for it answers to no other.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit


def main() -> int:
    """Ask; returns 0 where the answer is 200. Raises ``OSError`` where there is none."""
    host = urlsplit(os.environ["PUBLIC_BASE_URL"]).netloc
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=4)
    connection.request("GET", "/healthz", headers={"Host": host})
    return int(connection.getresponse().status != http.HTTPStatus.OK)


if __name__ == "__main__":
    sys.exit(main())
