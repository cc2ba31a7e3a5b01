"""One signed request to WeChat Pay and its verified answer.

Rules: WeChat Pay APIv3, "Basic rules" and "Generate a signature". The exact bytes and the exact
request target are signed. When the main host cannot be reached, the backup host is tried once with
the same request: nothing has been sent yet, and the signature does not cover the host.
"""

from dataclasses import dataclass

from gateway.channels.wechat.answers import Answer, read_answer
from gateway.channels.wechat.config import (
    BACKUP_URL,
    PRODUCTION_URL,
    AccountKeys,
    keys_of,
    require_trusted,
)
from gateway.channels.wechat.signing import Stamp
from gateway.channels.wechat.wire import caller_mchid
from gateway.contract import Transport
from gateway.messages import ChannelAccount, Failure
from paycenter.kernel.http import NoAnswer, NotSent, WireRequest, WireResponse, sent_target


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to WeChat Pay for one account, through the transport of one operation."""

    account: ChannelAccount
    keys: AccountKeys
    transport: Transport

    def get(self, target: str) -> Answer:
        """Ask with a signed GET; ``target`` is path and query. Never raises."""
        return self._ask("GET", target, b"", "")

    def post(self, target: str, body: bytes, *, encrypted_with: str = "") -> Answer:
        """Send a signed POST. Never raises.

        ``encrypted_with`` is the serial of the key that names in the body are encrypted with.
        """
        return self._ask("POST", target, body, encrypted_with)

    def exchange(
        self, method: str, target: str, body: bytes, *, encrypted_with: str = ""
    ) -> WireResponse:
        """Send and return the raw, unverified answer. Raises ``NotSent`` or ``NoAnswer``."""
        base_url = self.account.base_url.rstrip("/")
        headers = self._headers(method, target, body, encrypted_with)
        try:
            return self.transport.send(WireRequest(method, base_url + target, headers, body))
        except NotSent:
            if base_url != PRODUCTION_URL:
                raise
            return self.transport.send(WireRequest(method, BACKUP_URL + target, headers, body))

    def file_request(self, url: str) -> WireRequest:
        """Return the signed GET of a file, whose address WeChat Pay named itself."""
        return WireRequest("GET", url, self._headers("GET", sent_target(url), b"", ""))

    def _ask(self, method: str, target: str, body: bytes, encrypted_with: str) -> Answer:
        try:
            response = self.exchange(method, target, body, encrypted_with=encrypted_with)
        except NotSent:
            return Answer(0, problem=Failure("not_sent", "WeChat Pay could not be reached"))
        except NoAnswer:
            return Answer(0, problem=Failure("no_answer", "no whole answer came in time"))
        return read_answer(self.keys.trusted, response)

    def _headers(
        self, method: str, target: str, body: bytes, encrypted_with: str
    ) -> dict[str, str]:
        authorization = self.keys.signer.authorization(
            mchid=caller_mchid(self.account),
            method=method,
            target=target,
            body=body,
            stamp=Stamp.fresh(),
        )
        headers = {
            "Authorization": authorization,
            "Accept": "application/json",
            "User-Agent": "paycenter",
        }
        if body:
            headers["Content-Type"] = "application/json"
        serial = encrypted_with or self.keys.public_key_id
        if serial:
            # Makes WeChat Pay sign its answer with this key, also in the middle of a migration.
            headers["Wechatpay-Serial"] = serial
        return headers


def open_client(account: ChannelAccount, transport: Transport) -> Client:
    """Return a client whose answers can be verified. Raises ``ConfigurationError`` if none can."""
    return Client(account, require_trusted(keys_of(account)), transport)
