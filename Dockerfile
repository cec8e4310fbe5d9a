# tdrun without a local setup:
#
#     docker build -t thread-order .
#     docker run -it --rm -v "$PWD:/work" thread-order module.ts
FROM denoland/deno:2.9.6

WORKDIR /app

# The dependencies change more rarely than the code: they are a layer of their own.
COPY deno.json deno.lock ./
RUN deno install --frozen

# Everything a run loads is in the image, so that a container needs no network of its own. The cache
# stays writable for whoever runs (`docker run --user`), since a module may import more.
COPY . .
RUN deno cache --frozen mod.ts cli.ts workers/task_worker.ts \
  && chmod -R a+rwX /deno-dir

USER deno
WORKDIR /work
ENTRYPOINT ["/tini", "--", "deno", "run", "--allow-all", "--config", "/app/deno.json", "/app/cli.ts"]
CMD ["--help"]
