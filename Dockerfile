# Lanyard alone, as an unprivileged user; everything it keeps is in /data.
FROM node:24-slim AS dependencies
WORKDIR /lanyard
COPY package.json package-lock.json .npmrc ./
# Only what the server needs: this image brings its own Node 24.
RUN npm ci --omit=dev --loglevel=error

FROM node:24-slim
ENV NODE_ENV=production \
    LANYARD_DATA=/data \
    LANYARD_LISTEN=0.0.0.0:8443
WORKDIR /lanyard
COPY --from=dependencies /lanyard/node_modules ./node_modules
COPY package.json LICENSE ./
COPY bin ./bin
COPY db ./db
COPY views ./views
COPY src ./src
# Commands run beside the server: docker compose exec lanyard lanyard user list
RUN ln -s /lanyard/bin/lanyard.js /usr/local/bin/lanyard \
  && install -d -o node -g node -m 0700 /data node_modules/.cache
USER node
VOLUME /data
EXPOSE 8443
ENTRYPOINT ["lanyard"]
CMD ["serve"]
