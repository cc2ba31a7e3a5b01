"""What a request carries: query and form together, each name once, nothing guessed."""

import re
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from transactions.easypay_door.words import NO_PARAMETERS, Refused

MAX_BODY_BYTES = 65_536
MAX_PARAMETERS = 64
_NAME = re.compile(r"[0-9A-Za-z_]{1,64}", re.ASCII)


def read_parameters(request: HttpRequest) -> dict[str, str]:
    """Return the parameters by name. Raises ``Refused`` for what can be read in two ways.

    A name that comes twice, in whichever place, is refused before any signature is looked at.
    """
    query = _parsed(str(request.META.get("QUERY_STRING", "")))
    pairs = query + _parsed(_body(request))
    texts = dict(pairs)
    if len(texts) != len(pairs):
        raise Refused("参数重复")
    if not all(_NAME.fullmatch(name) for name in texts):
        raise Refused("参数名不合法")
    if any("\x00" in value for value in texts.values()):
        raise Refused("参数不合法")
    if not texts:
        raise Refused("未传入任何参数", NO_PARAMETERS)
    return texts


def _body(request: HttpRequest) -> str:
    try:
        body = request.body
    except RequestDataTooBig:
        raise Refused("参数过长") from None
    if len(body) > MAX_BODY_BYTES:
        raise Refused("参数过长")
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise Refused("参数不是表单") from None


def _parsed(form: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            form, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except ValueError:
        raise Refused("参数不是UTF-8表单") from None
