"""Whether the web process of this container is alive; asked by Docker (deploy/Dockerfile).

Alive, not ready: a database that is gone must not make every container look broken. The question
carries the center's own host name, for it answers to no other.
"""

import os
import urllib.request
from urllib.parse import urlsplit


def main() -> None:
    """Ask; raises ``OSError``, and so ends with 1, where the answer is not 200."""
    host = urlsplit(os.environ["PUBLIC_BASE_URL"]).netloc
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz"
    request = urllib.request.Request(address, headers={"Host": host})
    urllib.request.urlopen(request, timeout=4).close()  # noqa: S310


if __name__ == "__main__":
    main()
