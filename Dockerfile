# tdrun without a local setup:
#
#     docker build -t thread-order .
#     docker run -it --rm -v "$PWD:/work" thread-order module.ts
#
# It runs as the user "deno". For files that belong to you (logs, reports, the journal in .tdrun):
#
#     docker run -it --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" thread-order module.ts
FROM denoland/deno:2.9.6 AS package

WORKDIR /repository

# .dockerignore excludes everything but the sources of the package.
COPY . .

# Without the lock file, which includes the packages of the tests, Deno fetches only the imports of
# tools/pack.ts, in the exact versions of deno.json.
RUN deno run --quiet --allow-all --no-lock tools/pack.ts /package

FROM denoland/deno:2.9.6

WORKDIR /app

COPY --from=package /package .

# The image contains all dependencies: a container needs no network. The cache stays writable for any
# user (--user), since a module may import more.
RUN deno cache --quiet --no-lock offline.js && chmod -R a+rwX "$DENO_DIR"

USER deno
WORKDIR /work

# tini is the first process: it forwards signals, and reaps orphaned child processes of tasks.
ENTRYPOINT ["/tini", "--", "deno", "run", "--allow-all", "--no-lock", "/app/cli.js"]
CMD ["--help"]
