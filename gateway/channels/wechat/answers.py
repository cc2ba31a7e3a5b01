"""An answer of WeChat Pay together with how far it may be trusted.

Rules: WeChat Pay APIv3, "Verify a signature" and "Error codes". Successes and business errors are
signed; an error from before the caller was recognised is not. Anything else that is unsigned, or
signed wrongly, concludes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.channels.wechat.parsing import Json, Unreadable, parse_object, words
from gateway.channels.wechat.signing import (
    SIGNATURE_HEADER,
    NotAuthentic,
    VerificationKey,
    verify,
)
from gateway.channels.wechat.statuses import (
    is_authentication_refusal,
    normalised,
    refusal_outcome,
)
from gateway.messages import Failure, Operation, Outcome
from paycenter.kernel.http import WireResponse

_MAX_CODE = 64
_ACCEPTED_NOT_DONE = 202


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, ``status`` 0 when nothing did.

    ``problem`` says why ``content`` cannot be relied on; None for a verified, readable answer.
    """

    status: int
    content: Json = field(default_factory=dict, repr=False)
    problem: Failure | None = None
    signed: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether this is a verified "done"; 202 only says "not yet, repeat"."""
        done = 200 <= self.status < 300 and self.status != _ACCEPTED_NOT_DONE
        return done and self.problem is None

    @property
    def error_code(self) -> str:
        """The normalised code of a verified error, empty for anything else."""
        return "" if self.problem or self.succeeded else _code(self.content)

    @property
    def told(self) -> Failure | None:
        """What the error says in its own words, whoever wrote them."""
        code = words(self.content.get("code"), _MAX_CODE)
        return Failure(code, words(self.content.get("message"))) if code else None

    @property
    def failure(self) -> Failure:
        """WeChat Pay's own words for the error, signed or not, else what is wrong with the answer.

        Words under a wrong signature are nobody's.
        """
        forged = self.problem if self.signed else None
        return forged or self.told or self.problem or Failure(f"http_{self.status}", "")

    def refusal(self, operation: Operation) -> Outcome:
        """Conclude from an answer to ``PAY`` or ``REFUND`` that is no success."""
        if self.error_code:
            return refusal_outcome(operation, self.status, self.error_code)
        code = _code(self.content)
        unsigned_refusal = not self.signed and code and operation is Operation.PAY
        if unsigned_refusal and is_authentication_refusal(self.status, code):
            return refusal_outcome(operation, self.status, code)
        return Outcome.UNKNOWN


def read_answer(trusted: Mapping[str, VerificationKey], response: WireResponse) -> Answer:
    """Verify the exact bytes first, then parse them. Never raises."""
    signed = SIGNATURE_HEADER in response.headers
    problem = None
    try:
        verify(trusted, response.headers, response.body)
    except NotAuthentic as error:
        problem = Failure("unverified_answer", str(error), unknown_key=error.unknown_key)
    try:
        content = parse_object(response.body) if response.body else {}
    except Unreadable as error:
        content, problem = {}, problem or Failure("unreadable_answer", str(error))
    return Answer(response.status, content, problem, signed)


def _code(content: Json) -> str:
    return normalised(words(content.get("code"), _MAX_CODE))
