"""An independent Alipay client (PyPI python-alipay-sdk), driven by JSON lines.

The first line sets it up; each further line asks for a call, for a signed link, or for the
verification of a notification. One line answers each.
"""

import json
import sys
from typing import Any

from alipay import AliPay, DCAliPay, ISVAliPay  # type: ignore[import-untyped]
from alipay.exceptions import (  # type: ignore[import-untyped]
    AliPayException,
    AliPayValidationError,
)

CLIENTS = {"public_key": AliPay, "certificate": DCAliPay, "provider": ISVAliPay}


def set_up(setup: dict[str, Any]) -> Any:
    """The client as its documentation sets it up, pointed at another gateway."""
    client = CLIENTS[setup["kind"]](**setup["arguments"])
    client._gateway = setup["gateway"]
    return client


def fulfil(client: Any, wish: dict[str, Any]) -> dict[str, Any]:
    """``call`` a method of the client, or ``verify`` the parameters of a notification."""
    if "verify" in wish:
        parameters = wish["verify"]
        return {"data": client.verify(parameters, parameters.pop("sign"))}
    try:
        return {"data": getattr(client, wish["call"])(**wish["arguments"])}
    except (AliPayException, AliPayValidationError) as error:
        return {"error": repr(error)}


def main() -> None:
    """Read and answer until the end of the input."""
    client = None
    for line in sys.stdin:
        wish = json.loads(line)
        answer: dict[str, Any] = {}
        if "setup" in wish:
            client = set_up(wish["setup"])
        else:
            answer = fulfil(client, wish)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
