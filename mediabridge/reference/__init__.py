"""The reference of the wire: its description for programs, and a page of it for people."""
