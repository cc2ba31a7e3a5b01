"""The models of payment messaging."""

from notifications.models.alerts import Alert
from notifications.models.deliveries import Delivery, DeliveryAttempt, Endpoint
from notifications.models.events import Event, FeedCounter
from notifications.models.heartbeats import Heartbeat
from notifications.models.incidents import Incident, Telling
from notifications.models.robots import Post, Robot

__all__ = [
    "Alert",
    "Delivery",
    "DeliveryAttempt",
    "Endpoint",
    "Event",
    "FeedCounter",
    "Heartbeat",
    "Incident",
    "Post",
    "Robot",
    "Telling",
]
