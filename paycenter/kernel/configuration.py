"""What is wrong with an account as it is configured, in words that pages translate.

A channel knows no Django, so it marks its sentences with ``gettext_noop`` from here (imported as
``_``, which makemessages finds) and whoever shows one translates it (``gateway.words.said``).
"""


def gettext_noop(text: str) -> str:
    """Return ``text``: marks it for the catalogue."""
    return text


class ConfigurationError(Exception):
    """The account cannot work as it is configured; the text says what is wrong, without secrets.

    ``text`` is a msgid, ``params`` fill its ``%(name)s`` places.
    """

    def __init__(self, text: str, **params: str) -> None:
        super().__init__(text % params if params else text)
        self.text = text
        self.params = params
