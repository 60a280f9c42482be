"""Access tokens that grow old without anybody waiting."""

import jwt
from django.conf import settings

LONG_AGO = 600
"""Seconds, more than an access token lives."""


def grown_old(token: str) -> str:
    """The same token, signed by the same server, but given out ten minutes earlier."""
    claims = jwt.decode(token, options={"verify_signature": False})
    earlier = {name: claims[name] - LONG_AGO for name in ("iat", "exp", "nbf") if name in claims}
    return jwt.encode({**claims, **earlier}, settings.JWT_SECRET, algorithm="HS512")
