"""Starts MediaBridge and every part of it that is not configured, and ends them again.

No Django here: the launcher only reads settings, starts programs and watches them.
"""
