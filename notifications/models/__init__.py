"""The models of payment messaging."""

from notifications.models.alerts import Alert
from notifications.models.deliveries import Delivery, DeliveryAttempt, Endpoint
from notifications.models.events import Event, FeedCounter

__all__ = ["Alert", "Delivery", "DeliveryAttempt", "Endpoint", "Event", "FeedCounter"]
