"""Whatever anybody sends to any call of the wire, the product survives it and answers as its description says.

Cases are made from the description by schemathesis: half of them as it asks for, half of them not. They are the same in
every run, and each begins with the same people, bucket and files, and with limits nobody has used.
"""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
import schemathesis
from django.conf import settings as configured
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts import personal_tokens, refreshing, tokens
from accounts.models import User
from accounts.scopes import Scope
from mediabridge.reference.description import description
from tests.permissions.cast import BUCKET, FILES, Stage, undone
from tests.wire.described import faults

pytestmark = pytest.mark.django_db
CASES = 8
"""For each call, of each of the two kinds."""
AS_DESCRIBED, OTHERWISE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
PROMISED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALLS = [its for verbs in description()["paths"].values() for its in verbs.values()]
KINDS = [
    pytest.param(its["operationId"], kind, id=f"{its['operationId']} {words}")
    for its in CALLS
    for kind, words in ((AS_DESCRIBED, "as described"), (OTHERWISE, "otherwise"))
    # What takes nothing can't be sent anything else.
    if kind is AS_DESCRIBED or its.get("parameters") or "requestBody" in its
]
WEBHOOK = "the secret of the webhook"
AS_EVER = settings(
    max_examples=CASES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
Callers = dict[str, str]


@pytest.fixture(scope="module")
def wire() -> Iterator[Any]:
    """The description as schemathesis reads it, over the product in this process."""
    made = schemathesis.openapi.from_dict(description())
    made.app = get_wsgi_application()
    # As Django's own client does: what a request would close holds everything these tests begin with.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield made
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def callers(stage: Stage, settings: Any) -> Callers:
    """What each sends as Bearer; nobody sends nothing."""
    settings.RATE_LIMIT_LOGIN = "1000000/m"
    settings.EVICT_WEBHOOK_SECRETS = [WEBHOOK]
    mark, now = User.objects.get(email="mark@example.com"), timezone.now()
    scope = Scope(frozenset({"read", "upload"}), None)
    program = personal_tokens.make(user=mark, name="Nightly", scope=scope, days=1, ip=None, now=now)
    return {
        "nobody": "",
        "program": program.text,
        **{
            who: tokens.access_token(
                refreshing.open_session(user=user, ip=None, agent="", now=now).session, now=now
            )
            for who, user in (("member", mark), ("admin", User.objects.get(email="ada@example.com")))
        },
    }


@pytest.mark.parametrize(("call", "kind"), KINDS)
def test_is_answered_as_described(
    call: str, kind: GenerationMode, wire: Any, stage: Stage, callers: Callers
) -> None:
    send_whatever(wire, call, kind, stage, callers)


def test_bites_where_the_product_fails(wire: Any, stage: Stage, callers: Callers) -> None:
    with patch("accounts.api.setup.is_needed", side_effect=ZeroDivisionError), pytest.raises(FailureGroup):
        send_whatever(wire, "getSetupStatus", AS_DESCRIBED, stage, callers)


def test_bites_where_an_answer_is_another(wire: Any, stage: Stage, callers: Callers) -> None:
    with patch("accounts.api.setup.is_needed", return_value="no"), pytest.raises(FailureGroup):
        send_whatever(wire, "getSetupStatus", AS_DESCRIBED, stage, callers)


def send_whatever(wire: Any, call: str, kind: GenerationMode, stage: Stage, callers: Callers) -> None:
    """Makes cases up and sends them, as one person and another. Raises what is wrong with an answer."""
    made_up = wire.find_operation_by_id(call).as_strategy(generation_mode=kind)
    # An empty word in a query is as good as none.
    sends_a_body = any(its["operationId"] == call and "requestBody" in its for its in CALLS)

    @AS_EVER
    @given(case=made_up, who=st.sampled_from(sorted(callers)), is_aimed=st.booleans())
    def whatever_is_sent(case: Any, who: str, is_aimed: bool) -> None:
        cache.clear()
        stage.store.buckets[BUCKET] = sorted(FILES)
        _sign(case, callers[who])
        if is_aimed and kind is AS_DESCRIBED:
            _aim(case, stage.words)
        with undone():
            answer = case.call()
        case.validate_response(
            answer, checks=[*PROMISED, negative_data_rejection] if sends_a_body else PROMISED
        )
        (content_type,) = answer.headers["content-type"]
        path = f"/api{case.formatted_path}"
        assert faults(case.method, path, answer.status_code, content_type, answer.content) == []

    whatever_is_sent()


def _sign(case: Any, bearer: str) -> None:
    """Sends the case as whoever has this token, or as nobody; to a webhook as somebody who knows the secret."""
    case.headers = {**(case.headers or {}), "X-Evict-Secret": WEBHOOK, "Accept-Encoding": "identity"}
    case.headers.pop("Authorization", None)
    case.cookies.pop(configured.SESSION_COOKIE_NAME, None)
    if bearer:
        case.headers["Authorization"] = f"Bearer {bearer}"


def _aim(case: Any, words: dict[str, str]) -> None:
    """Puts what is there, or could be, in the place of what was made up, so that not every case ends at the first look."""
    ids = {"bucket_id": "bucket", "user_id": "user", "key_id": "aws_key", "token_id": "personal_token"}
    for name in case.path_parameters:
        case.path_parameters[name] = words[ids[name]]
    there = {
        "bucketId": words["bucket"],
        "userId": words["user"],
        "s3Key": "team/Notes.txt",
        "email": "eve@example.com",
        "password": "a long enough one",
        "name": "Eve",
    }
    case.body = _aimed(case.body, there)


def _aimed(body: Any, there: dict[str, str]) -> Any:
    if isinstance(body, list):
        return [_aimed(each, there) for each in body]
    if not isinstance(body, dict):
        return body
    return {name: there.get(name, _aimed(value, there)) for name, value in body.items()}
