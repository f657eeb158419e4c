#!/bin/sh
# What runs once before the portal serves: settings checked, migrations, the record, servers checked. All of it may run again.
set -eu
python manage.py check --deploy --fail-level ERROR
python manage.py migrate --no-input
python manage.py load_record
python manage.py check --deploy --database default --fail-level ERROR
