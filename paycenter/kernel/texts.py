"""Texts that strangers enter and others read: on a page, at a channel, in a notification."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

PRINTABLE = r"\A[^\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]*\Z"
"""No control characters, and nothing that shows a text in another order than it is written in."""

printable = RegexValidator(PRINTABLE, _("Leave out control characters and marks of direction."))
"""Judges a field of a form."""
