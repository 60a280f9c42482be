"""The parts that can be embedded, PostgreSQL, Redis and S3: those not configured are started, all at once."""

from collections.abc import Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

from launcher import postgres, redis, s3
from launcher.processes import Processes


@dataclass(frozen=True)
class Parts:
    """What runs. `values` are the settings by which programs find the parts; `store` and `keys` are None when
    S3 was configured."""

    values: Mapping[str, str]
    store: s3.Store | None
    keys: s3.Keys | None


def start(processes: Processes, configured: Mapping[str, str], *, lasting: bool) -> Parts:
    """Starts the parts that `configured` does not name and returns when they can be used."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        try:
            return _start(pool, processes, configured, lasting=lasting)
        except BaseException:  # an interruption, too
            # Not to wait, at the end of this block, for steps that nobody needs any more.
            processes.abandon()
            raise


def _start(pool: Executor, processes: Processes, configured: Mapping[str, str], *, lasting: bool) -> Parts:
    pending: list[Future[dict[str, str]]] = []
    store, keys = None, None
    if "DATABASE_URL" not in configured:
        pending.append(pool.submit(_database, processes, configured.get("POSTGRES_BIN"), lasting))
    if "REDIS_URL" not in configured:
        pending.append(pool.submit(_redis, processes))
    if "S3_ENDPOINT_URL" not in configured:
        store, keys = _store(processes)
    values = {name: value for part in pending for name, value in part.result().items()}
    if store and keys:
        values |= s3.environ_of(store, keys)
    return Parts(values, store, keys)


def _database(processes: Processes, binaries: str | None, lasting: bool) -> dict[str, str]:
    cluster = postgres.begin(processes, binaries=binaries, lasting=lasting)
    postgres.await_ready(processes, cluster)
    return {"DATABASE_URL": cluster.url}


def _redis(processes: Processes) -> dict[str, str]:
    server = redis.begin(processes)
    redis.await_ready(processes, server)
    return {"REDIS_URL": server.url}


def _store(processes: Processes) -> tuple[s3.Store, s3.Keys]:
    store = s3.begin(processes)
    s3.await_ready(processes, store)
    return store, s3.prepare(store, var_dir=processes.var_dir)
