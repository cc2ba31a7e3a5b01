"""One request to an EasyPay platform and its answer.

Rules: EasyPay protocol V1 and V2, "basic rules": forms in UTF-8, the answer is JSON whatever its
content type says.
"""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from gateway.channels.easypay.answers import Answer, read_answer
from gateway.channels.easypay.signing import Scheme
from gateway.channels.easypay.wire import Params, address
from gateway.contract import Transport
from gateway.messages import ChannelAccount, Failure
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest

_HEADERS = {"Accept": "application/json", "User-Agent": "paycenter"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to one account's platform, through the transport of one operation."""

    account: ChannelAccount
    scheme: Scheme
    transport: Transport

    def get(self, path: str) -> Answer:
        """Ask by GET; ``path`` is complete. Never raises."""
        return self._ask(WireRequest("GET", address(self.account, path), _HEADERS))

    def post(self, path: str, params: Params) -> Answer:
        """Send a form as it is. Never raises."""
        url, body = address(self.account, path), urlencode(params).encode()
        return self._ask(WireRequest("POST", url, {**_HEADERS, **_FORM}, body))

    def post_signed(self, path: str, params: Params) -> Answer:
        """Send a signed form. Never raises."""
        return self.post(path, self.scheme.signed(params))

    def _ask(self, request: WireRequest) -> Answer:
        try:
            response = self.transport.send(request)
        except NotSent:
            problem = Failure("not_sent", "the platform could not be reached")
        except NoAnswer:
            problem = Failure("no_answer", "no whole answer came in time")
        else:
            return replace(read_answer(self.scheme, response), body=response.body)
        return Answer(0, problem=problem)
