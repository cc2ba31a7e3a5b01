"""The broker's place in tests: messages are kept, and channel work is done at once by default.

Nothing is published. A message to a channel's queue runs where it was published, like a worker that
is quick; ``pause`` keeps messages instead, like one that is slow, and ``lose`` refuses them, like a
broker that is down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from celery import Task
from kombu.exceptions import OperationalError


@dataclass(frozen=True)
class Message:
    """One message to a worker."""

    task: "Task[..., Any]"
    args: tuple[Any, ...]
    queue: str

    @property
    def name(self) -> str:
        """The task's short name."""
        return self.task.name.rpartition(".")[2]


class Workers:
    """Takes messages in the broker's place."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.errors: list[Exception] = []
        self._paused = self._lost = False

    def pause(self) -> None:
        """Keep messages without doing anything."""
        self._paused = True

    def lose(self) -> None:
        """Refuse messages: the broker cannot be reached."""
        self._lost = True

    def resume(self) -> None:
        """Take messages and do channel work at once again; what was kept stays undone."""
        self._paused = self._lost = False

    def take(self, task: "Task[..., Any]", args: Sequence[Any], queue: str | None) -> None:
        """Receive one message. Raises what Celery raises when the broker is away."""
        if self._lost:
            raise OperationalError("no broker")
        message = Message(task, tuple(args), queue or "default")
        self.messages.append(message)
        if message.queue.startswith("channel.") and not self._paused:
            self.work_on(message)

    def work_on(self, message: Message) -> None:
        """Do what a message says; an error stays with the worker, as in production."""
        try:
            message.task(*message.args)
        except Exception as error:  # noqa: BLE001 (the fixture fails the test with it)
            self.errors.append(error)

    def kept(self, name: str) -> list[Message]:
        """Return the messages to the tasks of this short name."""
        return [message for message in self.messages if message.name == name]
