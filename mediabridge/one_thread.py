"""Django's ASGI handler for a product of plain functions: a request changes once into a thread, and once back."""

import os
from collections.abc import Mapping
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpRequest, HttpResponseBase


class OneThread(ASGIHandler):
    """Middleware and view run in one thread, in one go.

    Django's own handler runs the innermost function, which is asynchronous, from that thread, and the view from there in
    the thread again; middleware that can do both would change sides for each of its halves.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    def create_request(
        self, scope: Mapping[str, Any], body_file: IO[bytes]
    ) -> tuple[ASGIRequest, None] | tuple[None, HttpResponseBase]:
        made = super().create_request(scope, body_file)
        if made[0] is not None and "HTTP_TRANSFER_ENCODING" in made[0].META:
            # A body that came in pieces is whole by now. Without its length it would be taken for none.
            made[0].META["CONTENT_LENGTH"] = str(body_file.seek(0, os.SEEK_END))
            body_file.seek(0)
        return made

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
