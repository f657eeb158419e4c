"""Runs a command while the image is built, where no secret and no server exists yet: `with_build_settings.py FILE …`.

The values below only satisfy the settings; nothing connects to them, and none of them is kept in the image.
"""

import os
import runpy
import secrets
import sys

os.environ.update(
    SECRET_KEY=secrets.token_urlsafe(48),
    DATABASE_URL="postgres://nobody@nowhere.invalid/none",
    REDIS_URL="redis://nowhere.invalid/0",
    SITE_URL="https://nowhere.invalid",
    SECRETARIAT_EMAIL="nobody@nowhere.invalid",
    DEFAULT_FROM_EMAIL="nobody@nowhere.invalid",
)
sys.argv = sys.argv[1:]
sys.path.insert(0, os.getcwd())
runpy.run_path(sys.argv[0], run_name="__main__")
