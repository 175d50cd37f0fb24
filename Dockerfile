# The browser's libraries from npm, then the web app alone: no TensorFlow, no build tools, no root.
FROM node:24-slim AS browser
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY static/install-vendor.js static/
RUN npm ci --omit=dev && npm run build

FROM python:3.12-slim
WORKDIR /app
# requirements-scale.txt for DATABASE_URL, REDIS_URL and S3_BUCKET.
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-scale.txt ./
RUN pip install --no-cache-dir -r ${REQUIREMENTS}
COPY webapp webapp
COPY static static
COPY templates templates
COPY --from=browser /build/static/vendor static/vendor
RUN useradd --create-home mirror && mkdir /data && chown mirror /data
USER mirror
ENV MASK_MIRROR_DATA_FOLDER=/data PORT=8000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz')"]
CMD ["python", "-m", "webapp", "--host", "0.0.0.0"]
