"""What passed between the center and the channels, kept as evidence."""

from gateway.models.callback import Callback
from gateway.models.channel_call import ChannelCall
from gateway.models.health_change import HealthChange

__all__ = ["Callback", "ChannelCall", "HealthChange"]
