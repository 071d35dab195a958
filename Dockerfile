# Lanyard alone, as an unprivileged user; everything it keeps is in /data.
FROM node:24-slim AS build
WORKDIR /lanyard
COPY package.json package-lock.json .npmrc ./
RUN npm ci --loglevel=error
COPY bin ./bin
COPY db ./db
COPY views ./views
COPY src ./src
RUN npm run build && npm prune --omit=dev --loglevel=error

FROM node:24-slim
ENV NODE_ENV=production \
    LANYARD_DATA=/data \
    LANYARD_LISTEN=0.0.0.0:8443
WORKDIR /lanyard
COPY package.json LICENSE ./
COPY bin ./bin
COPY views/assets ./views/assets
COPY --from=build /lanyard/node_modules ./node_modules
COPY --from=build /lanyard/dist ./dist
# Commands run beside the server: docker compose exec lanyard lanyard user list
RUN ln -s /lanyard/bin/lanyard.js /usr/local/bin/lanyard \
  && install -d -o node -g node -m 0700 /data node_modules/.cache
USER node
VOLUME /data
EXPOSE 8443
ENTRYPOINT ["lanyard"]
CMD ["serve"]
