"""What gunicorn itself says, written as the center writes its log entries."""

import os
from typing import Any

from gunicorn.glogging import Logger

from paycenter.kernel.log_lines import FORMATTERS


class ServingLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger with the center's format; requests are logged by the center itself."""

    def setup(self, cfg: Any) -> None:
        """Set up as usual. A format that is none stops the workers, who say so better."""
        super().setup(cfg)
        chosen = FORMATTERS.get(os.environ.get("LOG_FORMAT", ""), FORMATTERS["json"])
        for handler in self.error_log.handlers:
            handler.setFormatter(chosen())
