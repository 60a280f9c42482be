"""The wire's doors to files."""

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from files import eviction
from files.serializers import ChangedObject
from mediabridge.wire import webhooks
from mediabridge.wire.doors import door


@door("POST", limit="webhook", is_open=True)
def evict(request: Request) -> Response:
    """Somebody's machine saw an object change. Repeating it is harmless; a bucket nobody registered is nobody's business."""
    sent = webhooks.body_of(
        request, header="X-Evict-Secret", secrets=settings.EVICT_WEBHOOK_SECRETS, now=timezone.now()
    )
    asked = ChangedObject(data=sent)
    asked.is_valid(raise_exception=True)
    eviction.object_changed(**asked.validated_data)
    return Response({})
