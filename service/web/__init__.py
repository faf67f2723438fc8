"""HTTP: bodies in, answers and problems out. The only room that knows Flask and gunicorn."""
