# The dashboard and its workers in one container, as a user without rights.
#   docker build -t shapviz .
#   docker run -p 8501:8501 -v shapviz-store:/data shapviz
# With what a shared store needs (PostgreSQL, S3), for docker-compose.yml:
#   docker build -t shapviz --build-arg REQUIREMENTS=requirements-shared.txt .
FROM python:3.11-slim AS build
WORKDIR /build
ARG REQUIREMENTS=requirements.txt
COPY ${REQUIREMENTS} requirements.txt
RUN python -m venv /opt/shapviz && /opt/shapviz/bin/pip install --no-cache-dir -r requirements.txt
COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY pages pages
COPY shapviz shapviz
RUN /opt/shapviz/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --create-home --uid 1000 shapviz && mkdir /data && chown shapviz /data
COPY --from=build /opt/shapviz /opt/shapviz
ENV PATH=/opt/shapviz/bin:$PATH \
    SHAPVIZ_STORE=/data \
    TF_CPP_MIN_LOG_LEVEL=2 \
    PYTHONUNBUFFERED=1
USER shapviz
WORKDIR /home/shapviz
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD python -c "import sys, urllib.request as u; sys.exit(u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4).read() != b'ok')"
CMD ["shapviz", "serve", "--port", "8501", "--address", "0.0.0.0"]
