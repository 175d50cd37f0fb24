"""The job queue in PostgreSQL, for any number of machines; needs requirements-scale.txt."""

import logging

# Before alembic is imported, which writes seven lines about itself.
logging.getLogger("alembic").setLevel(logging.WARNING)
