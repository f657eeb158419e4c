"""How gunicorn serves the portal behind the operator's TLS proxy; the request log is the portal's own (JSON)."""

import os

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
worker_tmp_dir = "/dev/shm"  # noqa: S108 heartbeats need memory, not a disk
timeout = 30
graceful_timeout = 25  # below compose's stop_grace_period: requests end, then the container
keepalive = 5
max_requests = 2000
max_requests_jitter = 200
limit_request_line = 4094
limit_request_fields = 100
forwarded_allow_ips = "*" if int(os.environ.get("TRUSTED_PROXY_COUNT", "0")) else "127.0.0.1"
accesslog = None
errorlog = "-"
