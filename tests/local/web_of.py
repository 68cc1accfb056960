"""A small Slogan in a process of its own, for tests: a web server on a port of its own, and a worker that is busy.

FOLDER: page and work are finished once `go` lies there. What is silent would be waited for longer than any test lives.
"""

import signal
import sys
import time
from functools import partial
from pathlib import Path

from gunicorn.workers import gthread

from app.local import web
from app.local.family import Child, Family
from app.local.log import Log
from tests.patience import LIMIT

web.LINGERS = 0.05
web.FINISHES = web.KEPT = gthread.DEFAULT_WORKER_DATA_TIMEOUT = 4 * LIMIT


def main(folder: Path) -> None:
    """Serve until told to stop."""

    def page(environ, start_response):
        if environ["PATH_INFO"] == "/long":
            print("is asked", flush=True)
            while not (folder / "go").exists():
                time.sleep(0.02)
            time.sleep(3 * web.LINGERS)
        start_response("200 OK", [("Content-Length", "5")])
        return [b"whole"]

    def work():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while not (folder / "go").exists():
            time.sleep(0.02)

    ear = web.listen("127.0.0.1", 0)
    serves = Child("web", partial(web.serve, page, ear.fileno()), listens=True)
    print(f"port {ear.getsockname()[1]}", flush=True)
    Family([serves, Child("worker", work)], Log(None), ear=ear, grace=4 * LIMIT).run()
    print("all stopped", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
