/** Loads the settings of a command: those nearest to the current folder, with a profile. */
import { UsageError } from "../../base/errors.ts";
import type { SettingsFile } from "./find_settings.ts";
import { parseSettings, type Settings } from "./parse_settings.ts";

/** The profile of a command. */
export interface ProfileRequest {
  /** The name of the profile, if one is requested. */
  readonly profile: string | undefined;
  /** The request as typed, for messages: `--profile=ci`. */
  readonly option: string | undefined;
  /** The current folder. */
  readonly folder: string;
}

/**
 * Loads the settings.
 *
 * @param file The file of the settings, if there is one.
 * @returns Undefined if there are none.
 * @throws {UsageError} if the settings are invalid, or have no such profile.
 */
export function loadSettings(
  file: SettingsFile | undefined,
  { profile, option, folder }: ProfileRequest,
): Settings | undefined {
  if (file !== undefined) return parseSettings(file, profile, folder);
  if (option === undefined) return undefined;
  throw new UsageError(
    `Cannot use ${option}: no "tdrun" in a deno.json, and no tdrun.json, in "${folder}" or a ` +
      "folder above it",
  );
}
