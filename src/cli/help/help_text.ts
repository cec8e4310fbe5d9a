/** `--help`. Loaded lazily: Commander takes as long to load as the rest of the command. */
import { Command, Option } from "@commander-js/extra-typings";
import { AFTER_HELP, NO_COLORS } from "./help_epilogue.ts";
import { OPTION_GROUPS } from "../args/option_table.ts";

const HELP_WIDTH = 80;

/** Generates the help text, without a trailing line break. */
export function helpText(): string {
  const command = new Command("tdrun")
    .description(
      "Runs the marked functions of a module in parallel on threads, in dependency order.",
    )
    .usage("[options] <module>[::task...] [--key=value...]")
    .helpOption(false) // the option table has one
    // Descriptions already contain choices and defaults, in a shorter form.
    .configureHelp({
      helpWidth: HELP_WIDTH,
      optionDescription: ({ description }) => description,
      optionTerm: ({ flags }) => flags.replace(" [", "[="), // the next word is the module
    })
    .addHelpText("after", AFTER_HELP);
  for (const [group, options] of Object.entries(OPTION_GROUPS)) {
    for (const { short, flags, description } of options) {
      const option = new Option(short ? `${short}, ${flags}` : flags, description);
      command.addOption(option.helpGroup(group));
    }
  }
  let text = "";
  command.configureOutput({ ...NO_COLORS, writeOut: (part) => text += part });
  command.outputHelp();
  return text.trimEnd();
}
