"""The payer's arrival: the link or form of submit.php becomes an order.

With GET on a V2 path the web server's rewrite adds the parameter ``s``, and the signature must
cover it; a client that does not know this is refused, as in production.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import QueryDict

from gateway.sandbox.easypay import admission, orders
from gateway.sandbox.easypay.call import Call, Parameters
from gateway.sandbox.easypay.records import V1, V2, Order
from gateway.sandbox.easypay.server import EasypayServer
from gateway.sandbox.refusal import NotPossible

V1_SUBMIT = "submit.php"
V2_SUBMIT = "pay/submit"


@dataclass(frozen=True)
class Arrival:
    """The parameters a browser brought, and the version of the address it brought them to."""

    version: str
    parameters: Parameters
    base_url: str


def rewritten(parameters: Parameters) -> Parameters:
    """What the PHP script of V2 sees of a query string."""
    return {"s": V2_SUBMIT, **parameters}


def place(server: EasypayServer, arrival: Arrival) -> Order:
    """The order, new or known. Raises ApiError or PageError."""
    admit = admission.by_timed_signature if arrival.version == V2 else admission.by_signature
    merchant = admit(server, arrival.parameters)
    return orders.submit(
        Call(server, merchant, arrival.version, arrival.parameters, arrival.base_url)
    )


def open_link(server: EasypayServer, link: str) -> Order | None:
    """What opening a link does: a submit link places the order, a payment page does nothing.

    Raises NotPossible for other links, ApiError or PageError as ``place``.
    """
    address = urlsplit(link)
    head, slash, page = address.path.partition("/easypay/")
    base_url = f"{address.scheme}://{address.netloc}{head}{slash}"
    parameters = QueryDict(address.query).dict()
    if page == V1_SUBMIT:
        return place(server, Arrival(V1, parameters, base_url))
    if page == f"api/{V2_SUBMIT}":
        return place(server, Arrival(V2, rewritten(parameters), base_url))
    if not page.startswith(("pay/", "cashier.php")):
        raise NotPossible("launch is the redirect URL of the payment, a link to this platform.")
    return None
