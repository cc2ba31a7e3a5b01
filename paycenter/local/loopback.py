"""Requests to our own processes on this machine, which no proxy of the environment could reach."""

import requests


def loopback_session() -> requests.Session:
    """Return a session that ignores the environment's proxies."""
    session = requests.Session()
    session.trust_env = False
    return session
