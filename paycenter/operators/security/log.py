"""What people did about who may sign in, in the log of the operators' pages."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.http import HttpRequest


def note_for(request: HttpRequest, person: User, text: str) -> None:
    """Write what was done about a person, by who is signed in."""
    LogEntry.objects.log_actions(
        user_id=str(request.user.pk),
        queryset=[person],
        action_flag=CHANGE,
        change_message=text,
        single_object=True,
    )
