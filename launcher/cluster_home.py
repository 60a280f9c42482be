"""Where the PostgreSQL cluster lives, and as whom it runs: PostgreSQL refuses root."""

import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from launcher.problems import Problem

# The first of these that exists: the user a machine's own PostgreSQL brings, else the one without any rights.
UNPRIVILEGED = ("postgres", "nobody")
PRIVATE_PLACES = ("/var/lib", "/var/tmp")  # noqa: S108 -- made by mkdtemp, for its owner alone


@dataclass(frozen=True)
class Home:
    """The directory of the cluster. `user` is the (uid, gid) to run as, None for the launcher's own."""

    path: Path
    user: tuple[int, int] | None


def find(var_dir: Path) -> Home:
    """The cluster's directory of `var_dir`, made if there is none.

    Usually VAR_DIR/pg. As root, when the unprivileged user cannot get there, it is a private directory elsewhere,
    noted in VAR_DIR/pg.path: the modes of parents are not ours to change. Raises Problem when the cluster belongs
    to somebody else.
    """
    noted = var_dir / "pg.path"
    place = Path(noted.read_text().strip()) if noted.exists() else var_dir / "pg"
    if noted.exists() and not place.exists():
        raise Problem(f"{noted} says that the database is in {place}, but there is nothing; put it back.")
    if os.geteuid() != 0:
        return _own(place)
    if place.exists() and place.stat().st_uid != 0:
        owner = place.stat()
        return Home(place, (owner.st_uid, owner.st_gid))
    user = _unprivileged_user()
    if not noted.exists() and not may_reach(var_dir, uid=user[0], gid=user[1]):
        place = _private_place()
        noted.write_text(f"{place}\n")
    place.mkdir(mode=0o700, exist_ok=True)
    os.chown(place, *user)
    return Home(place, user)


def may_reach(directory: Path, *, uid: int, gid: int) -> bool:
    """Whether the user may walk down to `directory`, by the modes of it and its parents."""
    return all(_may_enter(step.stat(), uid=uid, gid=gid) for step in (directory, *directory.parents))


def _own(place: Path) -> Home:
    try:
        place.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Problem(f"{place} cannot be made ({error.strerror}); choose another VAR_DIR.") from None
    if place.stat().st_uid != os.geteuid():
        raise Problem(
            f"the database in {place} belongs to another user; start MediaBridge as whoever made it, or choose "
            "another VAR_DIR."
        )
    return Home(place, None)


def _unprivileged_user() -> tuple[int, int]:
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise Problem(
        "PostgreSQL does not run as root and there is no other user on this machine; add one with: "
        "useradd --system postgres"
    )


def _private_place() -> Path:
    for parent in PRIVATE_PLACES:
        try:
            return Path(tempfile.mkdtemp(prefix="mediabridge-", dir=parent))
        except OSError:
            continue
    raise Problem("found no place for the database that its user can reach; choose another VAR_DIR.")


def _may_enter(status: os.stat_result, *, uid: int, gid: int) -> bool:
    if status.st_uid == uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
