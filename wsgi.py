"""For a web server of one's own: `gunicorn wsgi:app`, with DATABASE_URL and REDIS_URL set."""

from app import create_app

app = create_app()
