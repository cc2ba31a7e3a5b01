"""Whatever is sent to the public API: it answers as its OpenAPI document says, and never with 500.

Schemathesis makes requests out of the document, some that it allows and some that it does not; each
is signed as it goes over the wire, by an application that may use the sandbox's accounts. The seed
is fixed, so what fails once fails again.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case as AnyCase
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from notifications.api import MAX_WAIT_SECONDS
from paycenter.local.client import SignedRequest
from tests.faults.center import Center, running_center

pytestmark = pytest.mark.slow

Case = AnyCase[Any]
EXAMPLES = 15
LONG_POLLS = range(2, MAX_WAIT_SECONDS + 1)
HEADERS = frozenset({"X-Pc-Key", "X-Pc-Timestamp", "X-Pc-Nonce", "X-Pc-Signature"})
ANSWERS_AS_DOCUMENTED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# What no schema says: days that exist and follow each other, lines that add up, names of what there
# is, addresses, cursors of ours, URLs of registered hosts. What it allows may be refused for these.
RULES_BEYOND = frozenset({"cursor", "date", "from", "lines", "payer.client_ip", "to", "types"})
URLS_REFUSED = frozenset({"notify_url_refused", "return_url_refused"})

load_all_checks()
GENERATOR: Any = SchemaGenerator
DOCUMENT = schemathesis.openapi.from_dict(GENERATOR().get_schema(request=None, public=True))
FOUND: Any = DOCUMENT.get_all_operations()
OPERATIONS = {operation.label: operation for operation in (each.ok() for each in FOUND)}


class Caller:
    """An application that sends what it is told to."""

    def __init__(self, center: Center, key_id: str, secret: str) -> None:
        self._url, self._signed = center.at.web_url, SignedRequest(key_id, secret)

    def send(self, case: Case, *, is_signed: bool = True) -> schemathesis.Response:
        """Send a request; the four headers of its signature are the caller's own."""
        for name in HEADERS & set(case.headers):
            del case.headers[name]
        if case.query.get("wait") in LONG_POLLS:
            case.query["wait"] = 1
        return case.call(base_url=self._url, auth=self._signed if is_signed else _unsigned)


def _unsigned(request: object) -> object:
    return request


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    """The application of the sandbox."""
    with running_center({}) as (center, credentials):
        application = credentials.raw["application"]
        yield Caller(center, application["key_id"], application["secret"])


def _for_each(label: str, mode: GenerationMode, test: Callable[[Case], None]) -> None:
    """Run ``test`` with requests of one operation."""
    wanted = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seed(1)(wanted(given(case=OPERATIONS[label].as_strategy(generation_mode=mode))(test)))()


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_what_the_document_allows_is_taken(label: str, caller: Caller) -> None:
    def test(case: Case) -> None:
        answer = caller.send(case)
        case.validate_response(answer, checks=ANSWERS_AS_DOCUMENTED)
        if answer.status_code == 400:
            problem = answer.json()
            # White space alone is a text of one letter to a schema, and blank to us.
            refused = {error["field"] for error in problem["errors"] if error["code"] != "blank"}
            assert refused <= RULES_BEYOND, problem["errors"]
            assert problem["errors"] or problem["code"] in URLS_REFUSED, problem["code"]

    _for_each(label, GenerationMode.POSITIVE, test)


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_what_the_document_does_not_allow_is_refused(label: str, caller: Caller) -> None:
    def test(case: Case) -> None:
        checks = list(ANSWERS_AS_DOCUMENTED)
        if _is_still_wrong(case):
            checks.append(negative_data_rejection)
        case.validate_response(caller.send(case), checks=checks)

    _for_each(label, GenerationMode.NEGATIVE, test)


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_nobody_is_answered_without_a_signature(label: str, caller: Caller) -> None:
    def test(case: Case) -> None:
        answer = caller.send(case, is_signed=False)
        assert answer.status_code == 401
        assert answer.json()["code"] == "signature_invalid"
        case.validate_response(answer, checks=ANSWERS_AS_DOCUMENTED)

    _for_each(label, GenerationMode.POSITIVE, test)


def _is_still_wrong(case: Case) -> bool:
    """Whether what is wrong arrives: headers are replaced, empty lists are not sent."""
    parts = case.meta.components.items() if case.meta else ()
    wrong = {part.value for part, info in parts if info.mode.is_negative} - {"header"}
    if wrong == {"query"}:
        return all(value not in ([], {}, None) for value in case.query.values())
    return bool(wrong)
