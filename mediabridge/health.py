"""`/healthz`: whether this process can serve people."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503. Redis is reported, not required: without it browsing and uploading go on."""
    database = _database_answers()
    answer = {"status": "ok" if database else "unavailable", "database": database, "redis": _redis_answers()}
    return JsonResponse(
        answer, status=200 if database else 503, headers={} if database else {"Retry-After": "5"}
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        cache.get("healthz")
    except (RedisError, OSError):
        return False
    return True
