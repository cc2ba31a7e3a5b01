"""One signed request to Alipay's gateway and its verified answer.

Rules: Alipay Open Platform, "Request the gateway". The gateway reads ``charset`` from the query
before it decodes anything else, so it stands there; everything that is signed with a secret in it
goes into the body, which is never logged on the way.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.channels.alipay.answers import Answer, read_answer
from gateway.channels.alipay.config import AccountKeys
from gateway.channels.alipay.wire import CHARSET, Call, gateway_url, parameters_of
from gateway.contract import Transport
from gateway.messages import ChannelAccount, Failure
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest, WireResponse

_IN_QUERY = ("method", "charset")
_HEADERS = {
    "Content-Type": f"application/x-www-form-urlencoded;charset={CHARSET}",
    "Accept": "application/json",
    "User-Agent": "paycenter",
}


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to Alipay for one account, through the transport of one operation."""

    account: ChannelAccount
    keys: AccountKeys
    transport: Transport

    def ask(self, call: Call) -> Answer:
        """Send a call and judge its answer. Never raises."""
        try:
            response = self.exchange(call)
        except NotSent:
            return Answer(problem=Failure("not_sent", "Alipay could not be reached"))
        except NoAnswer:
            return Answer(problem=Failure("no_answer", "no whole answer came in time"))
        return read_answer(self.keys.trusted, response, call.node)

    def exchange(self, call: Call) -> WireResponse:
        """Send and return the raw, unverified answer. Raises ``NotSent`` or ``NoAnswer``."""
        parameters = parameters_of(self.account, self.keys, call)
        query = {name: parameters.pop(name) for name in _IN_QUERY}
        url = gateway_url(self.account, query)
        return self.transport.send(
            WireRequest("POST", url, _HEADERS, urlencode(parameters).encode("ascii"))
        )
