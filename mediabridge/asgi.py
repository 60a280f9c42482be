"""The ASGI application daphne serves: HTTP, and sockets where they have a route."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.production")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

application = ProtocolTypeRouter({"http": get_asgi_application()})
