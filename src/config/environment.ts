/**
 * `${NAME}` in a YAML file. Inside a flow mapping (`{ token: ${TOKEN} }`) YAML itself would stumble over the braces, so
 * they are exchanged for characters of the private use area before the file is parsed, one for one, so that every
 * position stays where it was; the values go in after parsing, so that no value can change the structure of the file.
 */
const open = '\uE000\uE001';
const close = '\uE002';
/** Three characters for the three of `$${`. */
const escapedOpen = '\uE003\uE004\uE005';
const escapedClose = '\uE006';
const guarded = /[\uE000-\uE006]/;

/** Exchanges `${NAME}` and `$${NAME}` for guards of the same length. */
export function guardReferences(text: string): string {
  return text
    .replace(/\$\$\{([^{}\n]*)\}/g, `${escapedOpen}$1${escapedClose}`)
    .replace(/\$\{([^{}\n]*)\}/g, `${open}$1${close}`);
}

/** Undoes `guardReferences`, for messages. */
export function showReferences(text: string): string {
  return text
    .replaceAll(open, '${')
    .replaceAll(close, '}')
    .replaceAll(escapedOpen, '$${')
    .replaceAll(escapedClose, '}');
}

export function hasGuards(text: string): boolean {
  return guarded.test(text);
}

export interface Expansion {
  value: string;
  /** A value came from the environment. */
  fromEnvironment: boolean;
  /** What is wrong, one sentence each. */
  problems: string[];
}

/** Puts the values of the environment in place of the guards of `text`. An empty variable counts as set. */
export function expandReferences(text: string, env: Readonly<Record<string, string | undefined>>): Expansion {
  const problems: string[] = [];
  let fromEnvironment = false;
  const value = text
    .replace(/\uE000\uE001([^\uE002]*)\uE002/g, (_, name: string) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        problems.push(`expected the name of an environment variable in \${${name}}; write $\${ for a literal \${`);
        return '';
      }
      const found = env[name];
      if (found === undefined) {
        problems.push(`the environment variable ${name} is not set`);
        return '';
      }
      fromEnvironment = true;
      return found;
    })
    .replace(/\uE003\uE004\uE005([^\uE006]*)\uE006/g, (_, name: string) => `\${${name}}`);
  return { value, fromEnvironment, problems };
}
