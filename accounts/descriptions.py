"""What the wire's doors to people say of themselves."""

from typing import Final

from accounts.refreshing import RefreshTokenUsed
from accounts.rules import EMAIL_TAKEN, NAME_MISSING, Invalid, Taken
from accounts.serializers import AccessGiven, Credentials, FirstAdmin, Myself, SetupState
from accounts.setup import AlreadySetUp
from accounts.signing_in import Disabled, Locked, TooManyTries, WrongCredentials
from accounts.tokens import ForcedOut, TokenInvalid
from mediabridge.wire.described import Described, Descriptions
from mediabridge.wire.doors import ForeignOrigin

TAG: Final = "Signing in"
TOKEN: Final = "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI4YzFkIn0.Zk3Xq1vW"  # noqa: S105 - an example
PASSWORD: Final = "four words make one"  # noqa: S105 - an example
COOKIE: Final = "The refresh token, out of reach of scripts, for `/api/auth/` alone."

SETUP_STATE: Final[Descriptions] = {
    "GET": Described(
        "getSetupStatus",
        TAG,
        "Ask whether anybody has an account yet",
        gives=SetupState,
        given={"setupRequired": False},
    )
}
SET_UP: Final[Descriptions] = {
    "POST": Described(
        "setUp",
        TAG,
        "Create the first administrator",
        "Works once, while nobody has an account. Whoever does it is signed in.",
        takes=FirstAdmin,
        sent={"name": "Ada Adler", "email": "ada@example.com", "password": PASSWORD},
        gives=AccessGiven,
        given={"token": TOKEN},
        raises=(AlreadySetUp, Invalid("name", NAME_MISSING)),
        sets_cookie=COOKIE,
    )
}
LOG_IN: Final[Descriptions] = {
    "POST": Described(
        "logIn",
        TAG,
        "Sign in",
        "An unknown e-mail and a wrong password are answered alike.",
        takes=Credentials,
        sent={"email": "mark@example.com", "password": PASSWORD},
        gives=AccessGiven,
        given={"token": TOKEN},
        raises=(WrongCredentials(), Locked(), Disabled(), TooManyTries(40)),
        sets_cookie=COOKIE,
    )
}
REFRESH: Final[Descriptions] = {
    "POST": Described(
        "refresh",
        TAG,
        "Get the next access token",
        "Exchanges the refresh cookie for its successor. Each is good once: `REFRESH_TOKEN_USED` means that another tab was"
        " quicker, or, ten seconds later, that somebody else had it; then the session is over.",
        gives=AccessGiven,
        given={"token": TOKEN},
        raises=(RefreshTokenUsed, TokenInvalid, ForcedOut, ForeignOrigin),
        lets_in=({"refreshCookie": []},),
        sets_cookie=COOKIE,
    )
}
LOG_OUT: Final[Descriptions] = {
    "POST": Described(
        "logOut",
        TAG,
        "Sign out",
        "Ends the session of the cookie and that of the access token, however old they are.",
        raises=(ForeignOrigin,),
        lets_in=({}, {"refreshCookie": []}, {"accessToken": []}),
        sets_cookie="Takes the refresh token away.",
    )
}
ME: Final[Descriptions] = {
    "GET": Described(
        "getMe",
        TAG,
        "Ask who is signed in",
        gives=Myself,
        given={
            "name": "Mark Eting",
            "email": "mark@example.com",
            "isAdmin": False,
            "menuItems": ["resources"],
        },
    )
}
TAKEN: Final = Taken("email", EMAIL_TAKEN)
