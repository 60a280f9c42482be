"""Django's ASGI handler for a product of plain functions: a request changes once into a thread, and once back."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase


class OneThread(ASGIHandler):
    """Middleware and view run in one thread, in one go.

    Django's own handler runs the innermost function, which is asynchronous, from that thread, and the view from there in
    the thread again; middleware that can do both would change sides for each of its halves.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
