"""The ASGI application daphne serves: HTTP, sockets where they have a route, and word of the server's end."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.production")

import django
from channels.routing import ProtocolTypeRouter
from django.db import connections

django.setup(set_prefix=False)

# Models exist only from here on.
from buckets.checks import refuse_wrong_key  # noqa: E402
from mediabridge import sockets  # noqa: E402
from mediabridge.lifespan import lifespan  # noqa: E402
from mediabridge.one_thread import OneThread  # noqa: E402
from mediabridge.static_files import StaticFirst  # noqa: E402

refuse_wrong_key()
connections.close_all()

application = ProtocolTypeRouter(
    {"http": StaticFirst(OneThread()), "websocket": sockets.router, "lifespan": lifespan}
)
