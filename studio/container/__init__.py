"""Builds every service from the settings, and is the façade that pages, API and CLI call."""

from studio.container.process import close_runtime, runtime
from studio.container.studio import Studio, open_studio

__all__ = ["Studio", "close_runtime", "open_studio", "runtime"]
