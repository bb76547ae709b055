# One image for every role; the command says which one it runs. TypeScript runs unbuilt, as it does in development:
# swc compiles each file once, and what it made is kept in the image.
FROM node:24-slim AS dependencies
WORKDIR /signpost
COPY package.json package-lock.json .npmrc ./
COPY apps/all/package.json apps/all/
COPY apps/api/package.json apps/api/
COPY apps/cli/package.json apps/cli/
COPY apps/dispatcher/package.json apps/dispatcher/
COPY apps/ingest/package.json apps/ingest/
COPY apps/recorder/package.json apps/recorder/
COPY apps/retry-scheduler/package.json apps/retry-scheduler/
COPY apps/subscription-matcher/package.json apps/subscription-matcher/
COPY libs/contracts/package.json libs/contracts/
COPY libs/domain/package.json libs/domain/
COPY libs/egress/package.json libs/egress/
COPY libs/kafka/package.json libs/kafka/
COPY libs/observability/package.json libs/observability/
COPY libs/ports/package.json libs/ports/
COPY libs/postgres/package.json libs/postgres/
COPY libs/runtime/package.json libs/runtime/
COPY libs/testing/package.json libs/testing/
COPY libs/transformation/package.json libs/transformation/
# The image has its own Node: the one that npm brings for machines with an older one is left out.
RUN npm ci --omit=dev --no-fund --no-audit && rm -rf node_modules/node-linux-*

FROM node:24-slim
# As in libs/testing/src/embedded/role-command.ts: a small young generation, and no word on kafkajs' timers.
ENV NODE_ENV=production NODE_OPTIONS="--max-semi-space-size=16"
WORKDIR /signpost
COPY --from=dependencies /signpost/node_modules node_modules
COPY package.json .swcrc tsconfig.json ./
COPY tooling/typescript.mjs tooling/
COPY apps apps
COPY libs libs
# Compiles every role once, so that no container does it again; a missing dependency fails here and not at night.
RUN mkdir -p node_modules/.cache && chown node:node node_modules/.cache
USER node
RUN node --import ./tooling/typescript.mjs --input-type=module --eval \
  "const { ALL_ROLES, rolesNamed } = await import('/signpost/apps/all/src/index.ts'); await rolesNamed(ALL_ROLES)"
EXPOSE 8080
CMD ["node", "--import", "./tooling/typescript.mjs", "apps/all/src/main.ts"]
