"""An answer of an EasyPay platform together with how far it may be trusted.

Rules: EasyPay protocol V1 and V2, "answers". V1 signs no answer: TLS is all that vouches for it. V2
signs what its business functions say; what its validation refuses comes unsigned, and anybody on
the way could have written it. Errors come with status 200, some platforms use 4xx; pages of HTML
come with any status and conclude nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.channels.easypay.parsing import Unreadable, texts_of, words
from gateway.channels.easypay.signing import KeyPairs, NotAuthentic, Scheme
from gateway.channels.easypay.statuses import BUSINESS, failure_code, says
from gateway.messages import Failure
from paycenter.kernel.http import WireResponse

_OK = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, ``status`` 0 when nothing did.

    ``problem`` says why nothing can be concluded; ``authentic`` is False for the errors that V2
    does not sign. ``body`` is all of it as it was received.
    """

    status: int
    content: Mapping[str, str] = field(default_factory=dict, repr=False)
    problem: Failure | None = None
    authentic: bool = False
    body: bytes = field(default=b"", repr=False)

    @property
    def code(self) -> str:
        """The platform's code, empty when nothing can be concluded."""
        return "" if self.problem else self.content.get("code", "")

    @property
    def message(self) -> str:
        """The platform's words."""
        return words(self.content.get("msg", ""))

    @property
    def is_refusal(self) -> bool:
        """Whether the platform said, signed or not, that it did not do it."""
        return self.code.startswith("-")

    @property
    def failure(self) -> Failure:
        """Why this is no success: the platform's own words, else what is wrong with the answer."""
        if self.problem is not None:
            return self.problem
        return Failure(words(failure_code(self.code, self.message), 64), self.message)

    def succeeded(self, code: str) -> bool:
        """Whether this is an answer with exactly this code (in V2: a signed one)."""
        return self.status == _OK and self.code == code

    def misses(self, what: tuple[str, ...]) -> bool:
        """Whether the platform does not know a number; validation says so, unsigned in V2."""
        return self.code == BUSINESS and says(self.message, what)


def read_answer(scheme: Scheme, response: WireResponse) -> Answer:
    """Read an answer, whatever its content type says, and verify what is signed. Never raises."""
    if response.status != _OK and not 400 <= response.status < 500:
        return Answer(response.status, problem=Failure(f"http_{response.status}", ""))
    try:
        content = texts_of(response.body)
    except Unreadable as error:
        return Answer(response.status, problem=Failure("unreadable_answer", str(error)))
    if not content.get("code"):
        failure = Failure("unreadable_answer", "there is no code")
        return Answer(response.status, content, failure)
    if isinstance(scheme, KeyPairs):
        return _verified(scheme, response.status, content)
    return Answer(response.status, content, authentic=True)


def _verified(scheme: KeyPairs, status: int, content: Mapping[str, str]) -> Answer:
    if not content.get("sign"):
        unsigned = Answer(status, content)
        if unsigned.is_refusal:
            return unsigned
        return Answer(status, content, Failure("unverified_answer", "there is no signature"))
    try:
        scheme.verify(content)
    except NotAuthentic as error:
        return Answer(status, content, Failure("unverified_answer", str(error)))
    return Answer(status, content, authentic=True)
