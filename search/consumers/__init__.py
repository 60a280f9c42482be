"""The sockets that search: of the wire, and of our own pages."""

from search.consumers.page import PageSearch
from search.consumers.wire import WireSearch

__all__ = ["PageSearch", "WireSearch"]
