"""The sockets that search: of the wire, and of our own pages."""

from search.consumers.wire import WireSearch

__all__ = ["WireSearch"]
