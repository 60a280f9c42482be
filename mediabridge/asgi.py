"""The ASGI application daphne serves: HTTP, and sockets where they have a route."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.production")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application
from django.db import connections

http = get_asgi_application()

# Models exist only from here on.
from buckets.checks import refuse_wrong_key  # noqa: E402
from mediabridge import sockets  # noqa: E402

refuse_wrong_key()
connections.close_all()

application = ProtocolTypeRouter({"http": http, "websocket": sockets.router})
