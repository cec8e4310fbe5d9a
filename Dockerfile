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

# .dockerignore leaves in what the package is made of, and nothing else.
COPY . .

# Without the lock file, which has the packages of the tests in it, only what is imported is fetched, in
# exactly the versions that deno.json names.
RUN deno run --quiet --allow-all --no-lock tools/pack.ts /package

FROM denoland/deno:2.9.6

WORKDIR /app

COPY --from=package /package .

# All of it is in the image: a container needs no network of its own. The cache stays writable for whoever
# runs (--user), since a module may import more.
RUN deno cache --quiet --no-lock offline.js && chmod -R a+rwX "$DENO_DIR"

USER deno
WORKDIR /work

# tini is the first process: it hands Ctrl-C and "docker stop" on, and reaps what a task leaves behind.
ENTRYPOINT ["/tini", "--", "deno", "run", "--allow-all", "--no-lock", "/app/cli.js"]
CMD ["--help"]
