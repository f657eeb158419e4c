# The portal's image: web, worker, beat and one-off commands are the same image with another command.
# Stage 1 installs the locked libraries and builds what is built once: catalogues and static files.
FROM python:3.11.14-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements/base.txt /build/base.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r /build/base.txt
WORKDIR /portal
COPY manage.py ./
COPY notifications/ notifications/
COPY accounts/ accounts/
COPY library/ library/
COPY groups/ groups/
COPY consultations/ consultations/
COPY meetings/ meetings/
COPY network/ network/
COPY wild_portal/ wild_portal/
COPY templates/ templates/
COPY static/ static/
COPY locale/ locale/
COPY docker/ docker/
RUN /venv/bin/python -m wild_portal.catalogues \
    && STATIC_ROOT=/portal/collected /venv/bin/python docker/with_build_settings.py manage.py collectstatic --no-input \
    && /venv/bin/python -m compileall -q accounts consultations groups library meetings network notifications wild_portal

# Stage 2 holds the interpreter, the libraries and the portal: no compiler, no pip cache, no developer's folder, no tests.
FROM python:3.11.14-slim-trixie AS portal
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=wild_portal.settings \
    MEDIA_ROOT=/srv/files \
    STATIC_ROOT=/portal/collected
RUN groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid portal --no-create-home --shell /usr/sbin/nologin portal \
    && install --directory --owner portal --group portal --mode 0700 /srv/files
COPY --from=build /venv /venv
COPY --from=build /portal /portal
WORKDIR /portal
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "docker/health.py", "web"]
CMD ["gunicorn", "--config", "docker/gunicorn.conf.py", "wild_portal.wsgi"]
