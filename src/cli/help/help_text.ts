/** What `--help` says after the options, and how all help is written. */

/** Help has no colours: the library that sets it would look for them in the environment, which may be forbidden. */
export const NO_COLORS = { getOutHasColors: () => false, getErrHasColors: () => false };

/** See the head of this file. */
export const AFTER_HELP = `
State and results:
  --key=value               put a string into the state
  --key:=json               put a JSON value into the state; @file is what a
                            file holds: --rows:=@rows.json
  --result-NAME=value       take this as the result of the task NAME, and do not
                            run it; with := it is JSON

Names of tasks may be globs: * is any text, ? any one character; the name of one
with cases is all of them. An option that is given twice counts as given last;
--exclude and --reporter add up, and --tags may be given once.

To watch and run tasks in a browser: tdrun ui [module] (see tdrun ui --help)
To run tasks for others, who use --engine: tdrun worker <module> --engine=<url>

Exit codes:
    0 all passed            4 nothing to run
    1 a task failed        70 a bug, or a reporter that could not write
    2 a wrong request     130 interrupted, 143 terminated, 129 hung up

Examples:
  tdrun build.ts                       run every task
  tdrun build.ts::deploy               run deploy alone
  tdrun build.ts::deploy --with-deps   run deploy, and all it needs before
  tdrun build.ts --tags "db and not slow" --env=dev
  tdrun build.ts::report --result-load:='{"rows": 3}'
  tdrun build.ts --dry-run             show what would run, and in which order
  tdrun build.ts --graph=dot | dot -Tsvg -o graph.svg
  eval "$(tdrun --completions bash)"   complete options and names of tasks`;
