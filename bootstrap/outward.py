"""What leaves the house beside orders: alerts and measurements, let out to the last."""

from bootstrap.containers import Adapters


def let_go(adapters: Adapters) -> None:
    """Deliver what still waits, within bounds."""
    for outlet in (adapters.webhooks(), adapters.otel()):
        if outlet is not None:
            outlet.close()
