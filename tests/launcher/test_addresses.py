"""launcher/addresses.py: addresses of parts that people run themselves."""

import socket

import pytest

from launcher.addresses import refuse_what_cannot_be_meant, silent_place
from launcher.problems import Problem


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://me@host/name"),
        ("DATABASE_URL", "sqlite:///name"),
        ("DATABASE_URL", "postgresql:/host/name"),
        ("DATABASE_URL", "postgresql://host"),
        ("DATABASE_URL", "postgresql://host/"),
        ("DATABASE_URL", "postgresql://host:port/name"),
        ("DATABASE_URL", "postgresql://host:70000/name"),
        ("DATABASE_URL", "postgresql://one,two:port/name"),
        ("DATABASE_URL", "postgresql://ho st/name"),
        ("REDIS_URL", "nonsense"),
        ("REDIS_URL", "host:6379"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis:///0"),
        ("REDIS_URL", "redis://host:port/0"),
        ("REDIS_URL", "redis://host/first"),
        ("REDIS_URL", "http://host:6379"),
        ("S3_ENDPOINT_URL", "nonsense"),
        ("S3_ENDPOINT_URL", "s3.example.org"),
        ("S3_ENDPOINT_URL", "s3://bucket"),
        ("S3_ENDPOINT_URL", "https://s3.example.org?bucket=1"),
        ("S3_PUBLIC_URL", "//s3.example.org"),
        ("FRONTEND_URL", "media.example.org"),
    ],
)
def test_names_the_setting_that_cannot_be_meant(name: str, url: str):
    with pytest.raises(Problem, match=f"^{name} must be like "):
        refuse_what_cannot_be_meant({name: url})


def test_quotes_no_password():
    with pytest.raises(Problem) as refusal:
        refuse_what_cannot_be_meant({"DATABASE_URL": "mysql://me:hush@host/name"})
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "postgresql://me:a#b@host:5432/name?sslmode=require"),
        ("DATABASE_URL", "postgres://me:[@host/name"),
        ("DATABASE_URL", "postgresql://[::1]:5432/name"),
        ("DATABASE_URL", "postgresql://one:5432,two:5433/name"),
        ("DATABASE_URL", "postgresql:///name"),
        ("DATABASE_URL", "postgresql://%2Fvar%2Frun%2Fpostgresql/name"),
        ("DATABASE_URL", "postgresql://?service=mediabridge"),
        ("REDIS_URL", "redis://host"),
        ("REDIS_URL", "rediss://:hush@host:6380/1?ssl_cert_reqs=none"),
        ("S3_ENDPOINT_URL", "http://127.0.0.1:9000"),
        ("S3_ENDPOINT_URL", "HTTPS://s3.example.org/store/"),
        ("FRONTEND_URL", "https://media.example.org/app"),
    ],
)
def test_takes_what_people_write(name: str, url: str):
    refuse_what_cannot_be_meant({name: url})


@pytest.mark.parametrize(
    ("name", "url", "place"),
    [
        ("DATABASE_URL", "postgresql://me:hush@127.0.0.1:1/name", "127.0.0.1:1"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1,127.0.0.1:2/name", "127.0.0.1:1, 127.0.0.1:2"),
        ("REDIS_URL", "redis://host.invalid/0", "host.invalid:6379"),
    ],
)
def test_says_where_nobody_answers(name: str, url: str, place: str):
    assert silent_place(name, url) == place


@pytest.mark.parametrize("others", ["", "127.0.0.1:1,"])
def test_is_content_with_one_that_answers(others: str):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert silent_place("DATABASE_URL", f"postgresql://{others}127.0.0.1:{port}/name") is None


@pytest.mark.parametrize("url", ["postgresql:///name", "postgresql://%2Frun%2Fpostgresql/name"])
def test_looks_for_nobody_behind_a_socket_in_a_directory(url: str):
    assert silent_place("DATABASE_URL", url) is None
