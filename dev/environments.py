"""The variables of a test run and of a production site that is only checked, never started."""

FOR_TESTS = {
    "DEMO": "1",
    "SECRET_KEY": "a-key-for-tests-that-signs-nothing-anybody-keeps-0123456789",
    "SITE_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "EMAIL_URL": "smtp://127.0.0.1:9",  # the discard port: a test that sends names its own server
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright's loop runs in the thread of the test
}
FOR_PRODUCTION = {
    "SECRET_KEY": "this-key-is-long-enough-and-varied-for-a-check-0123456789-ABCDEFGHIJ",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SITE_URL": "https://wild.example",
    "ALLOWED_HOSTS": "wild.example",
    "EMAIL_URL": "smtp+tls://user:password@relay.example:587",
    "DEFAULT_FROM_EMAIL": "WILD <no-reply@wild.example>",
    "SECRETARIAT_EMAIL": "secretariat@wild.example",
    "TRUSTED_PROXY_COUNT": "1",
}
NOWHERE = {name: FOR_PRODUCTION[name] for name in ("DATABASE_URL", "REDIS_URL")}  # nothing answers there
_OTHERS = """
    BOUNCE_ADDRESS DEBUG DEFAULT_FROM_EMAIL DEMO_PASSWORD DEPLOYMENT_ID LOG_LEVEL MAIL_DOMAIN MAIL_ORACLE MAIL_PROFILE
    MEDIA_ROOT PORTAL_TIME_ZONE REQUIRE_SECOND_FACTOR SECOND_PERSON_ABOVE SECRETARIAT_EMAIL SENTRY_DSN STATIC_ROOT
    TRUSTED_PROXY_COUNT
"""
CLEARED = [
    name + file for name in (*FOR_TESTS, *_OTHERS.split()) for file in ("", "_FILE")
]  # of the shell, before tests
