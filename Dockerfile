# The steps of `make app`, for a server that other machines reach.
FROM python:3.12-slim

RUN useradd --create-home thalweg
USER thalweg
WORKDIR /home/thalweg/app

COPY --chown=thalweg requirements.txt ./
RUN python -m venv .venv && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

COPY --chown=thalweg . .

EXPOSE 8501
HEALTHCHECK --start-period=30s CMD [".venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8501/health', timeout=10)"]
CMD [".venv/bin/python", "-m", "views.cli", "app", "--host", "0.0.0.0", "--port", "8501"]
