"""For `script/server` on one's own machine: everything as in production, but over plain HTTP on the loopback."""

from mediabridge.settings.base import *  # noqa: F403
