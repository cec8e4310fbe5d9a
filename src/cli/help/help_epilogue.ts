/** The part of the help after the options, and the output options of all help. */

/**
 * Disables colors in help: Commander would read environment variables, which needs a permission.
 */
export const NO_COLORS = { getOutHasColors: () => false, getErrHasColors: () => false };

/** State, task names, exit codes and examples, after the options of `--help`. */
export const AFTER_HELP = `
State and results:
  --key=value               set a string in the state
  --key:=json               set a JSON value in the state; @file reads the value
                            from a file: --rows:=@rows.json
  --result-NAME=value       use this as the result of the task NAME, instead of
                            running it; with := the value is JSON

Task names may be globs: * matches any text, ? any one character. The name of a
task with cases selects all of them. If an option is repeated, the last one
counts; --exclude and --reporter add up, and --tags can be given only once.

To watch and run tasks in a browser: tdrun ui [module] (see tdrun ui --help)
To run tasks for tdrun --engine: tdrun worker <module> --engine=<url>

Exit codes:
    0 all tasks passed     70 internal error, or failed reporter
    1 a task failed       129 terminated by SIGHUP
    2 usage error         130 interrupted by SIGINT (Ctrl-C)
    4 nothing to run      143 terminated by SIGTERM

Examples:
  tdrun build.ts                       run every task
  tdrun build.ts::deploy               run deploy alone
  tdrun build.ts::deploy --with-deps   run deploy and its dependencies
  tdrun build.ts --tags "db and not slow" --env=dev
  tdrun build.ts::report --result-load:='{"rows": 3}'
  tdrun build.ts --dry-run             show what would run, and in which order
  tdrun build.ts --graph=dot | dot -Tsvg -o graph.svg
  eval "$(tdrun --completions bash)"   complete options and task names`;
