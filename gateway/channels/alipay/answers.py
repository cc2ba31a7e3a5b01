"""An answer of Alipay together with how far it may be trusted.

Rules: Alipay Open Platform, "Verify a synchronous answer" and "Gateway error codes". Every answer
is signed but the errors from before the application was known; those conclude nothing, and people
are shown what they say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.channels.alipay.envelopes import open_envelope
from gateway.channels.alipay.parsing import Json, Unreadable, words
from gateway.channels.alipay.signing import NotAuthentic, VerificationKey, verify
from gateway.channels.alipay.statuses import SUCCESS, refusal_outcome, word_of
from gateway.messages import Failure, Operation, Outcome
from paycenter.kernel.http import WireResponse

_MAX_CODE = 64
_ECHO = re.compile(r"[a-z_]+=.*", re.ASCII | re.DOTALL)
"""The parameters of the request, which a refused signature is explained with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; empty when nothing did.

    ``problem`` says why ``content`` cannot be relied on; None for a verified, readable answer.
    """

    content: Json = field(default_factory=dict, repr=False)
    problem: Failure | None = None
    signed: bool = False
    serial: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether this is a verified "handled"; what was done is in ``content``."""
        return self.problem is None and self.content.get("code") == SUCCESS

    @property
    def code(self) -> str:
        """The gateway's code of a verified answer, empty for anything else."""
        return "" if self.problem else words(self.content.get("code"), _MAX_CODE)

    @property
    def error_word(self) -> str:
        """The trade error of a verified refusal without its prefix, empty for anything else."""
        return "" if self.problem or self.succeeded else word_of(self._sub_code)

    @property
    def told(self) -> Failure | None:
        """What the refusal says in its own words, whoever wrote them."""
        code = self._sub_code or words(self.content.get("code"), _MAX_CODE)
        if not code or self.content.get("code") == SUCCESS:
            return None
        message = self.content.get("sub_msg") or self.content.get("msg")
        return Failure(code, _without_echo(words(message)))

    @property
    def failure(self) -> Failure:
        """Alipay's own words for the refusal, signed or not, else what is wrong with the answer.

        Words under a wrong signature are nobody's.
        """
        forged = self.problem if self.signed else None
        return forged or self.told or self.problem or Failure("unexpected_answer", "")

    def refusal(self, operation: Operation) -> Outcome:
        """Conclude from an answer that is no success (``statuses.refusal_outcome``)."""
        if self.problem:
            return Outcome.UNKNOWN
        return refusal_outcome(operation, self.code, self._sub_code)

    @property
    def _sub_code(self) -> str:
        return words(self.content.get("sub_code"), _MAX_CODE)


def read_answer(
    trusted: Mapping[str, VerificationKey], response: WireResponse, node: str
) -> Answer:
    """Cut the node out of the exact bytes and verify them. Never raises."""
    if response.status != 200:
        return Answer(problem=Failure(f"http_{response.status}", ""))
    try:
        envelope = open_envelope(response.body, node)
    except Unreadable as error:
        return Answer(problem=Failure("unreadable_answer", str(error)))
    try:
        verify(trusted, [envelope.signed_bytes], envelope.signature, serial=envelope.serial)
        problem = None
    except NotAuthentic as error:
        problem = Failure("unverified_answer", str(error), unknown_key=error.unknown_key)
    return Answer(envelope.content, problem, bool(envelope.signature), envelope.serial)


def _without_echo(message: str) -> str:
    """Leave out the request's parameters: among them may be the merchant's authorisation."""
    return _ECHO.sub("", message)
