"""The channels there are, by code: the gateway fills this from its registry when it starts.

Nothing here knows a channel by name, so that adding one touches the gateway only.
"""

from django.utils.functional import Promise

NAMES: dict[str, Promise | str] = {}
"""The channels' names as people read them."""


def channel_choices() -> list[tuple[str, Promise | str]]:
    """Return code and name of every channel."""
    return sorted(NAMES.items(), key=lambda pair: pair[0])
