"""What keeps MediaBridge from starting, said in one sentence."""


class Problem(Exception):
    """The start cannot go on. Its text is one sentence for the person at the terminal."""
