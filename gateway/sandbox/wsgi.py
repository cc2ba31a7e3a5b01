"""The WSGI entry of the sandbox; loading it opens the world and starts its agenda."""

import os

from django.core.wsgi import get_wsgi_application

from gateway.sandbox.world import world

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.sandbox.settings")

application = get_wsgi_application()
world().engine.agenda.start()
