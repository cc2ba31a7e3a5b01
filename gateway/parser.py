"""(payment account, invoke method, operation) -> plugin and what it executes.

The table itself is each channel's data: ``methods`` for making a payment, ``operations`` for what
follows. What a channel lacks is refused here, before anything is written. The admin, the OpenAPI
document and the README show the same table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract import Channel
from gateway.messages import InvokeMethod, Operation
from gateway.registry import CHANNELS
from merchants.models import PaymentAccount
from paycenter.kernel.errors import FieldError, Problem


@dataclass(frozen=True, slots=True)
class Route:
    """Which channel executes a payment, and by which of its products (``jsapi``, ``h5`` ...)."""

    channel: Channel
    method: InvokeMethod
    product: str


def route_payment(
    account: PaymentAccount, method: InvokeMethod, *, payer: Mapping[str, str]
) -> Route:
    """Choose plugin and product. Raises ``Problem`` for what the channel cannot do."""
    code = account.channel_merchant.channel
    channel = CHANNELS.get(code)
    if channel is None or method not in channel.methods:
        offered = sorted(channel.methods) if channel else []
        raise Problem(
            "invoke_method_unsupported",
            f"This payment account's channel ({code}) offers: {', '.join(offered) or 'nothing'}.",
        )
    missing = channel.missing_payer_field(method, frozenset(k for k, v in payer.items() if v))
    if missing is not None:
        field = FieldError(f"payer.{missing}", "required", f"{method} needs payer.{missing}.")
        raise Problem("invalid_request", "Correct the fields listed in errors.", errors=[field])
    return Route(channel=channel, method=method, product=channel.methods[method])


def routes_of(channel: Channel) -> list[tuple[Operation, InvokeMethod | None, str]]:
    """Return all that a channel executes: operation, invoke method (None: any), execution."""
    paying = [
        (Operation.PAY, method, channel.methods[method])
        for method in InvokeMethod
        if method in channel.methods
    ]
    return [*paying, *((operation, None, name) for operation, name in channel.operations.items())]


def products_table() -> str:
    """Return, as a Markdown table, which product of each channel executes each invoke method."""
    codes = sorted(CHANNELS)
    lines = [_row("invoke_method", *codes), _row(*["---"] * (len(codes) + 1))]
    for method in InvokeMethod:
        products = [CHANNELS[code].methods.get(method) for code in codes]
        shown = [f"`{product}`" if product else "-" for product in products]
        lines.append(_row(f"`{method.value}`", *shown))
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
